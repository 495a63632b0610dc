"""Quick work from the record: note what was said, plan the next step."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin
from wagtail.admin.widgets import AdminDateInput

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import follow_ups, inquiries, log
from crm_plugin.touchpoints.models import FollowUp, Phase, Touchpoint

Kind, Direction = Touchpoint.Kind, Touchpoint.Direction
# What happened: kind, channel and direction in one choice.
HAPPENED = {
    "call_in": (gettext_lazy("They called"), Kind.CALL, "phone", Direction.BOTH),
    "call_out": (gettext_lazy("We called"), Kind.CALL, "phone", Direction.BOTH),
    "missed": (gettext_lazy("Called, not reached"), Kind.CALL, "phone", Direction.OUT),
    "visit": (gettext_lazy("They were here"), Kind.VISIT, "shop", Direction.BOTH),
    "line": (gettext_lazy("LINE talk"), Kind.CHAT, "line", Direction.BOTH),
    "mail_in": (gettext_lazy("E-mail from them"), Kind.MAIL_IN, "email", Direction.IN),
    "postcard": (gettext_lazy("Postcard sent"), Kind.POSTCARD, "post", Direction.OUT),
    "complaint": (gettext_lazy("Complaint"), Kind.COMPLAINT, "phone", Direction.IN),
    "note": (gettext_lazy("Note for colleagues"), Kind.NOTE, "shop", Direction.OUT),
}


class NoteForm(forms.Form):
    """Fifteen seconds: what happened, what was said, and what comes next."""

    happened = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[(key, entry[0]) for key, entry in HAPPENED.items()],
    )
    body = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    phase = forms.ChoiceField(
        label=gettext_lazy("Phase"), choices=[("", "–"), *Phase.choices], required=False
    )
    next_what = forms.CharField(
        label=gettext_lazy("Next step"), max_length=200, required=False
    )
    next_on = forms.DateField(
        label=gettext_lazy("on"), required=False, widget=AdminDateInput
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("next_what") and not data.get("next_on"):
            self.add_error("next_on", _("Say on which day."))
        return data


class FollowUpForm(forms.Form):
    what = forms.CharField(label=gettext_lazy("What to do"), max_length=200)
    due_on = forms.DateField(label=gettext_lazy("on"), widget=AdminDateInput)
    owner = forms.ModelChoiceField(
        get_user_model()._default_manager.filter(is_active=True),
        label=gettext_lazy("By whom"),
        required=False,
        empty_label=gettext_lazy("anybody"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].initial = user
        self.fields["due_on"].initial = timezone.localdate() + dt.timedelta(7)


class QuickView(PermissionCheckedMixin, View):
    """One short form of the record, sent by POST; then back to the record."""

    http_method_names = ["post"]
    permission_required = "add"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        visible = Contact.objects.visible_to(request.user)
        contact = get_object_or_404(visible, pk=pk)
        form = self.get_form()
        if form.is_valid():
            messages.success(request, self.act(contact, form.cleaned_data))
        else:
            text = ", ".join(
                str(form[name].label) for name in form.errors if name in form.fields
            )
            messages.error(request, _("Not saved. Please fill in: %s") % text)
        return redirect(contact.get_admin_url())

    def get_form(self) -> forms.Form:
        raise NotImplementedError

    def act(self, contact: Contact, said: dict[str, Any]) -> str:
        raise NotImplementedError


class NoteView(QuickView):
    model = Touchpoint

    def get_form(self) -> forms.Form:
        return NoteForm(self.request.POST, prefix="note")

    def act(self, contact: Contact, said: dict[str, Any]) -> str:
        label, kind, channel, direction = HAPPENED[said["happened"]]
        user = self.request.user
        with transaction.atomic():
            touchpoint = log.record(
                contact,
                kind,
                channel=channel,
                direction=direction,
                summary=str(label),
                body=said["body"],
                phase=said["phase"],
                by=user,
            )
            if kind == Kind.COMPLAINT:
                inquiries.open_inquiry(
                    contact,
                    touchpoint,
                    kind="complaint",
                    subject=said["body"][:80],
                    owner=user,
                )
            if said["next_what"] and user.has_perm("crm_plugin.add_followup"):
                follow_ups.plan(
                    contact, due_on=said["next_on"], what=said["next_what"], owner=user
                )
        return _("Noted.")


class FollowUpView(QuickView):
    model = FollowUp

    def get_form(self) -> forms.Form:
        return FollowUpForm(self.request.POST, prefix="step", user=self.request.user)

    def act(self, contact: Contact, said: dict[str, Any]) -> str:
        follow_ups.plan(
            contact, due_on=said["due_on"], what=said["what"], owner=said["owner"]
        )
        return _("The next step is planned.")
