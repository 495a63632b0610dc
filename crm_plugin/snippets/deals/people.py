"""Who is involved in a deal: added with a role, taken out again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact
from crm_plugin.sales import deals
from crm_plugin.sales.models import Deal, DealPerson
from crm_plugin.snippets.finder import people, visible_one

from .record import RecordView


class InvolveView(RecordView):
    """Add somebody, or give them another role; ``do=look`` only shows who is found."""

    http_method_names = ["post"]
    needs = ("change_deal",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "look":
            text = request.POST.get("look_for", "")[:100]
            return self.page(looked_for=text, people=people(text, user=request.user))
        contact = visible_one(Contact, request.POST.get("person"), request.user)
        role = request.POST.get("role", "")
        if contact is None:
            messages.error(request, _("Choose who is involved."))
        elif role in DealPerson.Role.values:
            deals.involve(self.object, contact, role, by=request.user)
        return back(self.object)


class ReleaseView(RecordView):
    http_method_names = ["post"]
    needs = ("change_deal",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        pk = normalise.whole(request.POST.get("person"))
        person = self.object.people.filter(pk=pk).first()
        if person:
            self.release(person)
        return back(self.object)

    def release(self, person: DealPerson) -> None:
        try:
            deals.release(person, by=self.request.user)
        except deals.NobodyNamed:
            text = _("The main contact is changed in the form of the deal.")
            messages.error(self.request, text)


def back(deal: Deal) -> HttpResponse:
    return redirect(f"{deal.get_admin_url()}#people")
