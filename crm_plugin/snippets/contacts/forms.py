"""The short form of a contact and the inline rows of its contact points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import editing, fields, organisations, points, records
from crm_plugin.contacts.models import Affiliation, Contact, ContactPoint
from crm_plugin.snippets.colleagues import ColleagueField
from crm_plugin.ui.registry_forms import RegistryForm

WHOLE = {"contact.name", "contact.kana"}
# Rows of their own, and what is said on the organisation's own form.
ELSEWHERE = ("point.", "preference.", "organisation_attribute.", "plan.")
PLACE = ("organisation.", "affiliation.")
FIRST_ROWS = ("email", "phone")
MORE = {
    "contact__birth_on",
    "contact__language",
    "contact__heard_from",
    "contact__introduced_by",
}


def places(contact: Contact | None) -> list[Affiliation]:
    """Where the contact belongs now."""
    if contact is None or CrmSettings.load().consumers_only:
        return []
    found = organisations.current_affiliations([contact.pk])
    return found.get(contact.pk, [])


class ContactForm(RegistryForm):
    """What is known of a person, except how to reach them."""

    owner = ColleagueField(label=_("Owner"), empty_label="–")
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(
        self, *args: Any, user: Any, contact: Contact | None = None, **kwargs: Any
    ) -> None:
        specs = [
            spec
            for spec in fields.mappable(user)
            if spec.name not in WHOLE and not spec.name.startswith(ELSEWHERE)
        ]
        held = {}
        self.places = places(contact)
        if self.places:
            # Who belongs somewhere moves on the record, so that the history stays.
            specs = [s for s in specs if not s.name.startswith(PLACE)]
        if contact is not None:
            names = [spec.name for spec in specs]
            held = records.read([contact.pk], names).get(contact.pk, {})
            kwargs["initial"] = {"owner": contact.owner, "version": contact.version}
        super().__init__(*args, specs=specs, held=held, **kwargs)
        self.fields["owner"].keep(contact and contact.owner)
        if contact is not None and not self.is_bound:
            self.initial["seen"] = self.state(contact)

    def state(self, contact: Contact) -> str:
        """What the fields of this form say on record."""
        return editing.state(contact, [spec.name for spec in self.specs.values()])

    def affiliation_fields(self) -> list[forms.BoundField]:
        return self.group(*PLACE)

    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self.group("contact.") if field.name in MORE]


class PointForm(forms.Form):
    """One way to reach or recognise the person."""

    kind = forms.ChoiceField(choices=ContactPoint.Kind, label=_("Kind"))
    value = forms.CharField(
        label=_("Value"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    preferred = forms.BooleanField(label=_("use first"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, value = data.get("kind"), data.get("value")
        if kind and value:
            try:
                data["value"] = fields.field(f"point.{kind}").clean(value)
            except fields.Refused as error:
                self.add_error("value", error.reason)
        return data

    def has_changed(self) -> bool:
        """A kind alone says nothing: an empty row is no row."""
        return bool(self["value"].value())


PointRows = forms.formset_factory(PointForm, extra=1, can_delete=True, max_num=40)


def point_rows(data: Any = None, contact: Contact | None = None) -> Any:
    """The rows of a new contact (e-mail and phone wait) or of a stored one."""
    if contact is None:
        initial = [{"kind": kind} for kind in FIRST_ROWS]
        return PointRows(data, prefix="points", initial=initial)
    stored = contact.points.order_by("id")
    rows = PointRows(
        data,
        prefix="points",
        initial=[
            {"kind": row.kind, "value": row.value, "preferred": row.preferred}
            for row in stored
        ],
    )
    for form, row in zip(rows.forms, stored, strict=False):
        form.point = row
    return rows


def reach(rows: Any) -> list[dict[str, Any]]:
    """The valid *rows* as ``points.replace`` wants them; each value once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for form in rows.forms:
        said = form.cleaned_data
        if said.get("value") and not said.get("DELETE"):
            key = (said["kind"], points.norm(said["kind"], said["value"]))
            found.setdefault(key, said)
    return list(found.values())


def by_field(values: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Values and points together, as the duplicate warning reads them."""
    told: dict[str, Any] = dict(values)
    for said in rows:
        told.setdefault(f"point.{said['kind']}", []).append(said["value"])
    return told
