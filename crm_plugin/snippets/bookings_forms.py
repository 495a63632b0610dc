"""What staff fill in to book for somebody."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.bookings.models import Service

from .days import moment_from
from .desk import day_input

# The times on offer follow the service, the day and the number of people at once.
REFRESH = {"data-controller": "w-submit", "data-action": "change->w-submit#submit"}

NEW = "new"
# The inputs for a new contact, and the fields of the registry that they fill.
FIELDS = {
    "family_name": "contact.family_name",
    "given_name": "contact.given_name",
    "family_kana": "contact.family_kana",
    "given_kana": "contact.given_kana",
    "phone": "point.phone",
    "email": "point.email",
}


class WhenForm(forms.Form):
    """When, for how many: what booking for somebody and moving have in common."""

    needs_time = True

    day = forms.DateField(label=gettext_lazy("Day"), widget=day_input(**REFRESH))
    party = forms.IntegerField(
        label=gettext_lazy("Number of people"),
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs=REFRESH),
    )
    at = forms.CharField(required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tell = forms.BooleanField(
        label=gettext_lazy("Tell the guest by e-mail"), required=False, initial=True
    )

    def starts_at(self) -> dt.datetime | None:
        """The chosen start time; ``None`` when it is no moment."""
        return moment_from(self.cleaned_data.get("at", ""))

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.needs_time and self.starts_at() is None:
            self.add_error("at", _("Choose a time."))
        return said


class NewBookingForm(WhenForm):
    """One form for both halves: what is booked, and for whom."""

    service = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=Service.objects.filter(active=True).with_plan(),
        empty_label=None,
        widget=forms.Select(attrs=REFRESH),
    )
    look_for = forms.CharField(
        label=gettext_lazy("Name, kana, phone, e-mail or member number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "data-crm-finder-target": "input",
                "autocomplete": "off",
                "enterkeyhint": "search",
            }
        ),
    )
    contact = forms.CharField(required=False)
    family_name = forms.CharField(
        label=gettext_lazy("Family name"), required=False, max_length=80
    )
    given_name = forms.CharField(
        label=gettext_lazy("Given name"), required=False, max_length=80
    )
    family_kana = forms.CharField(
        label=gettext_lazy("Family name (kana)"), required=False, max_length=80
    )
    given_kana = forms.CharField(
        label=gettext_lazy("Given name (kana)"), required=False, max_length=80
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"), required=False, max_length=320
    )
    tell = forms.BooleanField(
        label=gettext_lazy("Send a confirmation by e-mail"),
        required=False,
        initial=True,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    waiting = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not said.get("contact"):
            self.add_error("contact", _("Choose who it is for, or a new contact."))
        elif said["contact"] == NEW and not self.new_contact():
            self.add_error("contact", _("A name or one way to reach them is needed."))
        return said

    def wait(self) -> "NewBookingForm":
        """The same form for a place on the waiting list, where no time is needed."""
        self.needs_time = False
        return self

    def new_contact(self) -> dict[str, str]:
        """What was typed about a new contact, by the names of the field registry."""
        typed = {name: self.cleaned_data.get(name, "") for name in FIELDS}
        return {FIELDS[name]: text for name, text in typed.items() if text}
