"""Quick work from the record: plan the next step."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin

from crm_plugin.contacts.models import Contact
from crm_plugin.snippets.inquiries_forms import StepForm
from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import FollowUp
from crm_plugin.ui.staff import StaffField


class FollowUpForm(StepForm):
    """A next step from the record: on a day, by somebody."""

    owner = StaffField(
        label=gettext_lazy("By whom"),
        required=False,
        empty_label=gettext_lazy("anybody"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].initial = user
        self.fields["due_on"].initial = timezone.localdate() + dt.timedelta(7)
        self.fields["due_on"].label = gettext_lazy("on")
        self.fields["due_on"].required = True


class FollowUpView(PermissionCheckedMixin, View):
    """One short form of the record, sent by POST; then back to the record."""

    http_method_names = ["post"]
    model = FollowUp
    permission_required = "add"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        visible = Contact.objects.visible_to(request.user)
        contact = get_object_or_404(visible.known_as(pk))
        form = FollowUpForm(request.POST, prefix="step", user=request.user)
        if form.is_valid():
            follow_ups.plan(contact, **form.cleaned_data)
            messages.success(request, _("The next step is planned."))
        else:
            why = " ".join(
                f"{form[name].label}: {' '.join(found)}"
                for name, found in form.errors.items()
            )
            messages.error(request, _("Not saved. %(why)s") % {"why": why})
        return redirect(contact.get_admin_url())
