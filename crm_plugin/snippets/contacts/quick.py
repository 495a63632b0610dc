"""Quick work from the record: plan the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from crm_plugin.snippets.desk import DeskView
from crm_plugin.snippets.follow_ups_forms import FollowUpForm
from crm_plugin.touchpoints import follow_ups

from .one import OneContactMixin


class FollowUpView(OneContactMixin, DeskView):
    """One short form of the record, sent by POST; then back to the record.

    What is refused is shown again on a page of its own, with what was typed.
    """

    http_method_names = ["post"]
    needs = ("add_followup",)
    page_title = gettext_lazy("Plan the next step")
    header_icon = "calendar-check"
    template_name = "crm_plugin/contacts/step.html"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = FollowUpForm(request.POST, prefix="step", user=request.user)
        if not form.is_valid():
            return self.show(contact=self.contact, step_form=form, media=form.media)
        follow_ups.plan(self.contact, **form.cleaned_data, by=request.user)
        messages.success(request, _("The next step is planned."))
        return redirect(self.contact.get_admin_url())
