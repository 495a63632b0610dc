"""What was changed on a contact's record, read from the journal for its history."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import DateField, Max
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.journal import Change, Operation

from . import fields
from .models import (
    AttributeChoice,
    AttributeDefinition,
    Contact,
    ContactAlias,
    ContactPoint,
    ContactValue,
    Organisation,
)

MODELS = ("contact", "contactpoint", "contactvalue", "affiliation")
# What the reader would not call a change, or what names nothing that can be shown.
QUIET = {"confirmed_at", "created_at", "version", "updated_at", "public_id"}
Line = tuple[str, str]


@dataclass
class Changed:
    """One operation as it touched one contact: pairs of field and "old → new"."""

    operation: Operation
    lines: list[Line] = field(default_factory=list)


def of(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Changed]:
    """The newest operations on this contact earlier than *before*.

    Those on a record that was merged into it count. Values of attributes that *user* may not read are left out. Seven queries.
    """
    merged = ContactAlias.objects.filter(contact=contact_id)
    ids = [contact_id, *merged.values_list("old_id", flat=True)]
    about = Change.objects.filter(about__in=ids, model__in=MODELS)
    if before:
        about = about.filter(operation__at__lt=before)
    newest = about.values("operation_id").annotate(at=Max("operation__at"))
    ids = [
        row["operation_id"] for row in newest.order_by("-at", "-operation_id")[:limit]
    ]
    operations = list(Operation.objects.filter(pk__in=ids).select_related("by"))
    rows = list(about.filter(operation_id__in=ids).order_by("id"))
    merges = {entry.pk for entry in operations if entry.kind == "merge"}
    tell = _Telling(rows, merges, user)
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        lines[row.operation_id] += tell.line(row)
    found = [Changed(entry, lines[entry.pk]) for entry in operations]
    found = [entry for entry in found if entry.lines or entry.operation.kind != "edit"]
    return sorted(found, key=lambda entry: entry.operation.at, reverse=True)


class _Telling:
    """Turns journal rows into words; looks everything up once."""

    def __init__(self, rows: list[Change], merges: set[int], user: Any) -> None:
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
        self.organisations = dict(
            Organisation.objects.filter(
                pk__in=[_whole(row).get("organisation_id") for row in rows]
            ).values_list("pk", "name")
        )

    def line(self, row: Change) -> list[Line]:
        tell = getattr(self, row.model)
        return tell(row)

    def contact(self, row: Change) -> list[Line]:
        if row.operation_id in self.merges and not row.field and row.old:
            return [(_("Merged record"), _named(row.old))]
        if not row.field or row.field in QUIET:
            return []
        try:
            column = apps.get_model("crm_plugin", row.model)._meta.get_field(row.field)
        except LookupError:
            return []
        if column.is_relation:
            return [(capfirst(str(column.verbose_name)), _("changed"))]
        choices = dict(column.choices or ())
        old, new = (choices.get(value, value) for value in (row.old, row.new))
        if isinstance(column, DateField):
            old, new = (_day(value) for value in (old, new))
        return [(capfirst(str(column.verbose_name)), _arrow(old, new))]

    def contactpoint(self, row: Change) -> list[Line]:
        if not row.field:
            said = _whole(row)
            label = ContactPoint.Kind(said["kind"]).label
            old = said["value"] if row.new is None else ""
            new = said["value"] if row.old is None else ""
            return [(capfirst(str(label)), _arrow(old, new))]
        if row.field != "value":
            return []
        return [(_("Contact point"), _arrow(row.old, row.new))]

    def contactvalue(self, row: Change) -> list[Line]:
        spec = self.fields.get(self.definitions.get(row.object_id, 0))
        if spec is None:
            return []
        column = spec.definition.column if spec.definition else ""
        old, new = (
            self._value(spec, value.get(f"{column}_id", value.get(column)))
            if isinstance(value, dict)
            else self._value(spec, value)
            for value in (row.old, row.new)
        )
        return [(str(spec.label), _arrow(old, new))]

    def _value(self, spec: fields.Field, raw: Any) -> str:
        if raw is None:
            return ""
        if spec.type in ("choice", "multi_choice"):
            return spec.display(self.choices.get(raw, str(raw)))
        if spec.type == "yes_no":
            return spec.display(bool(normalise.number(raw)))
        return spec.display(raw)

    def affiliation(self, row: Change) -> list[Line]:
        if row.field == "title":
            return [(_("Job title"), _arrow(row.old, row.new))]
        name = self.organisations.get(_whole(row).get("organisation_id") or 0, "")
        if row.field or not name:
            return []
        return [(_("Organisation"), _arrow("" if row.new else name, row.new and name))]


def _definition_ids(rows: list[Change]) -> dict[int, int]:
    """The definition of each value row, from the journal or from the row itself."""
    values = [row for row in rows if row.model == "contactvalue"]
    known = {
        row.object_id: _whole(row)["definition_id"] for row in values if not row.field
    }
    rest = {row.object_id for row in values} - known.keys()
    stored = ContactValue.objects.filter(pk__in=rest)
    return {**dict(stored.values_list("pk", "definition_id")), **known}


def _whole(row: Change) -> dict[str, Any]:
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


def _arrow(old: Any, new: Any) -> str:
    return f"{old or '–'} → {new or '–'}"
