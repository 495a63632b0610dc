"""Find a person or an organisation while typing; what is typed never enters an address.

Forms that choose somebody show the same options without a script, after "Find".
"""

from typing import Any

from django import forms
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import normalise
from crm_plugin.contacts import match, organisations, points, search
from crm_plugin.contacts.models import Contact, Organisation

from .desk import AccessMixin, sees_firms

FOUND = 8
EXACT = {"card": match.by_card, "phone": match.by_phone, "email": match.by_email}


def search_field(label: Any) -> forms.CharField:
    """The box of a finder."""
    attrs = {"data-crm-finder-target": "input", "autocomplete": "off"}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=False, max_length=100, widget=widget)


def people(text: str, *, user: Any, chosen: Contact | None = None) -> list[Contact]:
    """The one with this very card, phone or e-mail, else at most 8; the chosen first."""
    text = text.strip()
    found = _exactly(text, user) if text else []
    if text and not found:
        found = search.people(text, user=user, limit=FOUND)
    if chosen and chosen not in found:
        found.insert(0, chosen)
    prefetch_related_objects(found, "points")
    ids = [row.pk for row in found] if sees_firms(user) else []
    places = organisations.current_affiliations(ids)
    for row in found:
        row.places = places.get(row.pk, [])  # type: ignore[attr-defined]
    return found


def _exactly(text: str, user: Any) -> list[Contact]:
    """Those whom a scanned card, a whole number or a whole address leads to."""
    for kind, look_up in EXACT.items():
        norm = points.norm(kind, text)
        if ids := look_up([norm]).get(norm):
            visible = Contact.objects.visible_to(user).filter(pk__in=ids[:FOUND])
            return list(visible.order_by("pk"))
    return []


def firms(
    text: str,
    *,
    user: Any,
    chosen: Organisation | None = None,
    contact: Contact | None = None,
) -> list[Organisation]:
    """At most 8 by a part of the name; before them those that *contact* belongs to."""
    if not sees_firms(user):
        return []
    visible = Organisation.objects.visible_to(user).filter(archived_at=None)
    found = [chosen] if chosen else []
    if contact:
        places = organisations.current_affiliations([contact.pk]).get(contact.pk, [])
        mine = {place.organisation_id for place in places}
        found += list(visible.filter(pk__in=mine))
    if norm := normalise.organisation(text[:100]):
        rows = visible.filter(name_norm__contains=norm).order_by("name", "id")
        found += list(rows[:FOUND])
    return list(dict.fromkeys(found))


def visible_one(model: type[Model], pk: Any, user: Any) -> Any:
    """The record with this id from a form, as far as *user* may see it, or None."""
    rows: QuerySet = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
    return rows.filter(pk=normalise.whole(pk)).first()


def told_one(model: type[Model], pk: Any, user: Any) -> str:
    """What *user* reads of the record with this id: its name, or only that it is one."""
    if pk in (None, ""):
        return ""
    return str(visible_one(model, pk, user) or "…")


class FindView(AccessMixin, View):
    """The options of a chooser as a fragment. POST keeps names out of addresses."""

    http_method_names = ["post"]
    template_name = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        context = {"name": self.name, "chosen": request.POST.get("chosen", "")}
        return render(request, self.template_name, {**context, **self.found()})

    def found(self) -> dict[str, Any]:
        raise NotImplementedError

    @cached_property
    def name(self) -> str:
        """What the radio buttons are called: one of ours, whatever was sent."""
        asked = self.request.POST.get("name", "")
        return asked if asked in ("contact", "organisation", "person") else "contact"

    def text(self) -> str:
        return self.request.POST.get("q", "")[:100]


class FindPeopleView(FindView):
    needs = ("view_contact",)
    template_name = "crm_plugin/sales/people_found.html"

    def found(self) -> dict[str, Any]:
        rows = people(self.text(), user=self.request.user)
        return {"people": rows, "looked_for": self.text()}


class FindFirmsView(FindView):
    needs = ("view_organisation",)
    template_name = "crm_plugin/sales/firms_found.html"

    def found(self) -> dict[str, Any]:
        user = self.request.user
        contact = visible_one(Contact, self.request.POST.get("contact"), user)
        rows = firms(self.text(), user=user, contact=contact)
        return {"firms": rows, "looked_for": self.text()}


class FinderViewSet(ViewSet):
    name = "crm_find"
    url_prefix = "crm/find"

    def get_urlpatterns(self) -> list:
        return [
            path("people/", FindPeopleView.as_view(), name="people"),
            path("organisations/", FindFirmsView.as_view(), name="organisations"),
        ]
