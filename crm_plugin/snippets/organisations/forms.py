"""The forms of an organisation, of a department and of somebody's place in one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_plugin import normalise
from crm_plugin.contacts import affiliations, fields, values
from crm_plugin.contacts.models import Affiliation, Department, Organisation
from crm_plugin.snippets.desk import day_input, plausible_day
from crm_plugin.ui.registry_forms import RegistryForm
from crm_plugin.ui.staff import StaffField

NOUN = "organisation"
COLUMNS = ["name", "kana", "phone", "website", "postal_code", "address", "note"]
PHONE = fields.Field("organisation.phone", _("Phone"), "phone", max_length=40)


def held_by(row: Any, specs: list[fields.Field], noun: str) -> dict[str, Any]:
    """The stored attribute values of *row* by registry name."""
    if row is None:
        return {}
    stored = values.current([row.pk], [spec.key for spec in specs], noun=noun)
    return {f"attribute.{key}": value for key, value in stored.get(row.pk, {}).items()}


class OrganisationForm(RegistryForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    kana = forms.CharField(label=_("Name (kana)"), max_length=200, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    website = forms.URLField(
        label=_("Website"), required=False, max_length=200, assume_scheme="https"
    )
    postal_code = forms.CharField(label=_("Postcode"), max_length=10, required=False)
    address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    owner = StaffField(
        label=_("Owner"),
        required=False,
        empty_label="–",
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(
        self, *args: Any, user: Any, row: Organisation | None = None, **kwargs: Any
    ) -> None:
        specs = fields.mappable(user, noun=NOUN)
        if row is not None:
            names = [*COLUMNS, "owner", "version"]
            kwargs["initial"] = {name: getattr(row, name) for name in names}
        held = held_by(row, specs, NOUN)
        super().__init__(*args, specs=specs, held=held, **kwargs)

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        try:
            return PHONE.clean(typed) or ""
        except fields.Refused as error:
            raise forms.ValidationError(error.reason) from error

    def columns(self) -> dict[str, Any]:
        said = {name: self.cleaned_data[name] for name in COLUMNS}
        said["name"] = normalise.text(said["name"])
        said["kana"] = normalise.kana(said["kana"])
        said["name_norm"] = normalise.organisation(said["name"])
        said["phone_norm"] = normalise.phone(said["phone"])[:40]
        owner = self.cleaned_data["owner"]
        said["owner_id"] = owner.pk if owner else None
        return said

    def plain_fields(self) -> list[forms.BoundField]:
        order = [*COLUMNS[:-1], "owner", "note"]
        return [self[name] for name in order]


class DepartmentForm(RegistryForm):
    name = forms.CharField(label=_("Name"), max_length=120)

    def __init__(
        self, *args: Any, user: Any, row: Department | None = None, **kwargs: Any
    ) -> None:
        specs = fields.mappable(user, noun="department")
        kwargs["initial"] = {"name": row.name if row else ""}
        held = held_by(row, specs, "department")
        super().__init__(*args, specs=specs, held=held, **kwargs)


class PlaceForm(forms.Form):
    """What is known of somebody's place: department, title, role, budget, days."""

    department = forms.CharField(
        label=_("Department"),
        max_length=120,
        required=False,
        help_text=_("A new name makes a new department."),
    )
    title = forms.CharField(label=_("Job title"), max_length=80, required=False)
    authority = forms.ChoiceField(
        label=_("Role in decisions"),
        choices=[("", "–"), *Affiliation.Authority.choices],
        required=False,
    )
    budget = forms.CharField(
        label=_("Budget"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("What this person can decide about, in the shop's currency."),
    )
    started_on = forms.DateField(
        label=_("From (first day)"), required=False, widget=day_input()
    )
    ended_on = forms.DateField(
        label=_("Until (last day)"), required=False, widget=day_input()
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(
        self,
        *args: Any,
        row: Affiliation | None = None,
        departments: Any = (),
        **kwargs: Any,
    ) -> None:
        if row is not None:
            names = ["title", "authority", "budget", "started_on", "ended_on"]
            known = {name: getattr(row, name) for name in [*names, "version"]}
            known["budget"] = _plain(row.budget)
            known["department"] = row.department.name if row.department else ""
            kwargs["initial"] = known
        super().__init__(*args, **kwargs)
        self.departments = list(departments)
        self.fields["department"].widget.attrs["list"] = "departments"

    def clean_started_on(self) -> Any:
        return plausible_day(self.cleaned_data["started_on"])

    def clean_ended_on(self) -> Any:
        return plausible_day(self.cleaned_data["ended_on"])

    def clean_budget(self) -> Any:
        typed = self.cleaned_data["budget"]
        try:
            number = BUDGET.clean(typed)
        except fields.Refused as error:
            raise forms.ValidationError(error.reason) from error
        if number is not None and not 0 <= number < 10**12:
            raise forms.ValidationError(_("Please give an amount from 0 upwards."))
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        try:
            affiliations.refuse_backwards(data.get("started_on"), data.get("ended_on"))
        except affiliations.EndsBeforeStart as error:
            self.add_error("ended_on", str(error))
        return data

    def said(self) -> dict[str, Any]:
        """The place as ``affiliations`` wants it."""
        known = {**self.cleaned_data}
        known.pop("version")
        known["department"] = normalise.text(known["department"])
        return known


BUDGET = fields.Field("affiliation.budget", _("Budget"), "number")


def _plain(amount: Any) -> str:
    """The amount as somebody types it: without idle zeros."""
    text = "" if amount is None else f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class EndForm(forms.Form):
    ended_on = forms.DateField(label=_("Last day there"), widget=day_input())
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def clean_ended_on(self) -> Any:
        return plausible_day(self.cleaned_data["ended_on"])
