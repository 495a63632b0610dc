"""The journal's rows in words: "old → new", and only what the reader may know."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import DateField, DecimalField
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.journal import Change

from . import fields
from .models import (
    AttributeChoice,
    AttributeDefinition,
    Contact,
    ContactPoint,
    ContactValue,
    Department,
    DepartmentValue,
    FirstTouch,
    Organisation,
    OrganisationValue,
    SuspectedPair,
)

# What the reader would not call a change, or what names nothing that can be shown.
QUIET = {
    "confirmed_at",
    "created_at",
    "version",
    "updated_at",
    "public_id",
    "name_norm",
    "phone_norm",
    "contact",
    "contact_id",
}
LINKED = {"owner", "owner_id", "introduced_by", "introduced_by_id"}
OWNED = {"contact", "organisation", "inquiry", "followup"}
VALUES: dict[str, Any] = {
    "contactvalue": ContactValue,
    "organisationvalue": OrganisationValue,
    "departmentvalue": DepartmentValue,
}
Line = tuple[str, str]
# Codes that only a higher room knows the words for: ``{(model, field): fn(code)}``.
in_words: dict[tuple[str, str], Callable[[str], str]] = {}


class Telling:
    """Turns journal rows into words; looks everything up once."""

    def __init__(
        self,
        rows: list[Change],
        merges: set[int],
        user: Any,
        *,
        names_people: bool = False,
    ) -> None:
        readable = AttributeDefinition.objects.readable_by(user)
        self.fields = {
            row.pk: fields.attribute_field(row)
            for row in readable.prefetch_related("choices")
        }
        self.definitions = _definition_ids(rows)
        self.merges = merges
        self.choices = {
            choice.pk: choice.key for choice in AttributeChoice.objects.all()
        }
        places = any(row.model == "affiliation" for row in rows)
        self.consumers_only = places and CrmSettings.load().consumers_only
        self.organisations = dict(
            Organisation.objects.filter(
                pk__in=[whole(row).get("organisation_id") for row in rows]
            ).values_list("pk", "name")
        )
        self.departments = _department_names(rows)
        self.people = _people(rows) if names_people else {}
        self.linked = _linked(rows, user)
        self.others = _others(rows, user)

    def line(self, row: Change) -> list[Line]:
        if row.model in VALUES:
            return self.value(row)
        tell = getattr(self, row.model)
        return tell(row)

    def contact(self, row: Change) -> list[Line]:
        if row.operation_id in self.merges and not row.field and row.old:
            return [(_("Merged record"), _named(row.old))]
        return self.organisation(row)

    def organisation(self, row: Change) -> list[Line]:
        if not row.field or row.field in QUIET:
            return []
        return _column(row, self.linked)

    inquiry = organisation

    def followup(self, row: Change) -> list[Line]:
        """Who ticked it off says the operation: it is the one who acted."""
        if row.field == "done_by_id":
            return []
        if row.field or not row.new:
            return self.organisation(row)
        columns = apps.get_model("crm_plugin", row.model)._meta
        said = {"what": row.new.get("what"), "due_on": _day(row.new.get("due_on"))}
        label = {name: columns.get_field(name).verbose_name for name in said}
        return [(capfirst(str(label[name])), said[name] or "–") for name in said]

    def touchpoint(self, row: Change) -> list[Line]:
        """That a note was moved or taken back says the operation; its words stay."""
        return []

    def suspectedpair(self, row: Change) -> list[Line]:
        """That the record is not the same as another; who said it says the operation."""
        if row.field != "dismissed_at":
            return []
        name = self.others.get((row.object_id, row.about), "…")
        said = arrow(row.old and name, row.new and name)
        return [(_("Not the same person as"), said)]

    def firsttouch(self, row: Change) -> list[Line]:
        if row.field:
            say = in_words.get((row.model, row.field), str)
            label = FirstTouch._meta.get_field(row.field).verbose_name  # type: ignore[union-attr]
            old, new = (value and say(value) for value in (row.old, row.new))
            return [(capfirst(str(label)), arrow(old, new))]
        say = in_words.get(("firsttouch", "channel"), str)
        old, new = (said and say(said.get("channel")) for said in (row.old, row.new))
        return [(_("Source"), arrow(old, new))]

    def department(self, row: Change) -> list[Line]:
        label = _("Department")
        if row.field:
            return [(label, arrow(row.old, row.new))]
        old, new = (said and said.get("name") for said in (row.old, row.new))
        return [(label, arrow(old, new))]

    def contactpoint(self, row: Change) -> list[Line]:
        if not row.field:
            said = whole(row)
            label = ContactPoint.Kind(said["kind"]).label
            old = said["value"] if row.new is None else ""
            new = said["value"] if row.old is None else ""
            return [(capfirst(str(label)), arrow(old, new))]
        if row.field != "value":
            return []
        return [(_("Contact point"), arrow(row.old, row.new))]

    def value(self, row: Change) -> list[Line]:
        definition_id, slot = self.definitions.get((row.model, row.object_id), (0, ""))
        spec = self.fields.get(definition_id)
        if spec is None or spec.definition is None:
            return []
        column = spec.definition.column
        old, new = (
            self._said(spec, value.get(f"{column}_id", value.get(column)))
            if isinstance(value, dict)
            else self._said(spec, value)
            for value in (row.old, row.new)
        )
        label = f"{spec.label} ({slot})" if spec.definition.dated else str(spec.label)
        return [(label, arrow(old, new))]

    def _said(self, spec: fields.Field, raw: Any) -> str:
        if raw is None:
            return ""
        if spec.type in ("choice", "multi_choice"):
            return spec.display(self.choices.get(raw, str(raw)))
        if spec.type == "yes_no":
            return spec.display(bool(normalise.number(raw)))
        return spec.display(raw)

    def affiliation(self, row: Change) -> list[Line]:
        if self.consumers_only or row.field in QUIET:
            return []
        person = self.people.get(row.about, "")
        if row.field == "department_id":
            old, new = (self.departments.get(pk, "") for pk in (row.old, row.new))
            return [_of(person, (_("Department"), arrow(old, new)))]
        if row.field:
            return [_of(person, line) for line in _column(row)]
        if person:
            label = _("Person")
            return [(label, arrow("" if row.new else person, row.new and person))]
        name = self.organisations.get(whole(row).get("organisation_id") or 0, "")
        if not name:
            return []
        return [(_("Organisation"), arrow("" if row.new else name, row.new and name))]


def _of(person: str, line: Line) -> Line:
    """Whose line it is, on the organisation's record."""
    return (f"{person}: {line[0]}", line[1]) if person else line


def _column(row: Change, linked: dict[Any, dict] | None = None) -> list[Line]:
    """A plain column of the row's model, in words."""
    try:
        column = apps.get_model("crm_plugin", row.model)._meta.get_field(row.field)
    except LookupError:
        return []
    label = capfirst(str(column.verbose_name))
    if column.is_relation:
        names = (linked or {}).get(column.related_model)
        if names is None:
            return [(label, _("changed"))]
        old, new = (pk and names.get(pk, "…") for pk in (row.old, row.new))
        return [(label, arrow(old, new))]
    choices = dict(column.choices or ())
    old, new = (choices.get(value, value) for value in (row.old, row.new))
    if isinstance(column, DateField):
        old, new = (_day(value) for value in (old, new))
    if isinstance(column, DecimalField):
        old, new = (_amount(value) for value in (old, new))
    return [(label, arrow(old, new))]


def _definition_ids(rows: list[Change]) -> dict[tuple[str, int], tuple[int, str]]:
    """Definition and slot of each value row, from the journal or the row itself."""
    known: dict[tuple[str, int], tuple[int, str]] = {}
    for model, table in VALUES.items():
        told = [row for row in rows if row.model == model]
        for row in told:
            if not row.field:
                said = whole(row)
                place = (said["definition_id"], said.get("slot", ""))
                known[model, row.object_id] = place
        rest = {row.object_id for row in told if (model, row.object_id) not in known}
        stored = table.objects.filter(pk__in=rest) if rest else table.objects.none()
        for pk, *place in stored.values_list("pk", "definition_id", "slot"):
            known[model, pk] = (place[0], place[1])
    return known


def _department_names(rows: list[Change]) -> dict[Any, str]:
    told = [row for row in rows if row.field == "department_id"]
    ids = {pk for row in told for pk in (row.old, row.new) if pk}
    if not ids:
        return {}
    return dict(Department.objects.filter(pk__in=ids).values_list("pk", "name"))


def _linked(rows: list[Change], user: Any) -> dict[Any, dict[Any, str]]:
    """Names of the owners and introducers that rows speak of, as *user* may see them."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        if row.model in OWNED and row.field in LINKED:
            model = Contact if row.field.startswith("introduced") else get_user_model()
            wanted[model] |= {pk for pk in (row.old, row.new) if pk}
    found: dict[Any, dict[Any, str]] = {}
    for model, ids in wanted.items():
        people = model._default_manager.filter(pk__in=ids)
        if model is Contact:
            people = people.visible_to(user)
        found[model] = {row.pk: _called(row) for row in people}
    return found


def _others(rows: list[Change], user: Any) -> dict[tuple[int, int], str]:
    """By a pair and the one of whom it tells: the other, as *user* may see them."""
    ids = {row.object_id for row in rows if row.model == "suspectedpair"}
    if not ids:
        return {}
    pairs = SuspectedPair.objects.visible_to(user).filter(pk__in=ids)
    found = {}
    for pair in pairs.select_related("lower", "higher"):
        found[pair.pk, pair.lower_id] = str(pair.higher)
        found[pair.pk, pair.higher_id] = str(pair.lower)
    return found


def _called(row: Any) -> str:
    return normalise.staff(row) if hasattr(row, "get_full_name") else str(row)


def _people(rows: list[Change]) -> dict[int, str]:
    ids = {row.about for row in rows if row.model == "affiliation"}
    people = Contact.objects.filter(pk__in=ids)
    return {contact.pk: str(contact) for contact in people}


def whole(row: Change) -> dict[str, Any]:
    for said in (row.new, row.old):
        if isinstance(said, dict):
            return said
    return {}


def _named(old: dict[str, Any]) -> str:
    names = ("family_name", "given_name")
    return str(Contact(**{name: old.get(name) or "" for name in names}))


def _day(value: Any) -> str:
    day = normalise.date(value)
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _amount(value: Any) -> str:
    number = normalise.number(value)
    if number is None:
        return ""
    return number_format(number.normalize(), use_l10n=True, force_grouping=True)


def arrow(old: Any, new: Any) -> str:
    return f"{old or '–'} → {new or '–'}"
