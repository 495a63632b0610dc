"""The change history of a record, told from the journal in the reader's words."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import DateField, DecimalField, Field, Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm_plugin import journal, normalise
from crm_plugin.journal import Change, Operation

from .money import format_money

QUIET = {"version", "updated_at", "public_id", "on", "came_from", "went_to"}
MONEY = {"amount", "price"}
BEFORE = "changes_before"
Line = tuple[str, str]


@dataclass
class Told:
    """One operation on the record: pairs of what, and "old → new"."""

    operation: Operation
    lines: list[Line] = field(default_factory=list)


def told(row: Model, *models: str, request: HttpRequest) -> journal.Page[Told]:
    """A page of the operations on *row* and on its rows in the other *models*.

    Names of people are told to those who may see them. Three queries, and one for each
    kind of record that a change names.
    """

    def tell(ids: list[int]) -> list[Told]:
        said = lines(row, *models, operations=ids, user=request.user)
        operations = Operation.objects.filter(pk__in=ids).select_related("by")
        return [
            Told(operation, said[operation.pk])
            for operation in operations.order_by("-pk")
            if said.get(operation.pk)
        ]

    about = Change.objects.filter(about=row.pk, model__in=models)
    return journal.page(about, tell, before=before(request))


def before(request: HttpRequest) -> int | None:
    """The operation whose elders are asked for; None for the newest."""
    return normalise.whole(request.GET.get(BEFORE))


def by_operation(rows: Iterable[Change], line: Callable[[Change], Line]) -> list[Told]:
    """*rows*, read with their operations, the newest first, each told by *line*."""
    found: dict[int, Told] = {}
    for row in rows:
        entry = found.setdefault(row.operation_id, Told(row.operation))
        entry.lines.append(line(row))
    return list(found.values())


def lines(
    row: Model, *models: str, operations: Iterable[int], user: Any
) -> dict[int, list[Line]]:
    """What each of *operations* changed on *row*, by its id; as ``told``."""
    rows = list(
        Change.objects.filter(
            about=row.pk, model__in=models, operation_id__in=list(operations)
        ).order_by("-operation_id", "id")
    )
    words = _Words(rows, row, user)
    found: dict[int, list[Line]] = defaultdict(list)
    for change in rows:
        found[change.operation_id] += words.line(change)
    return found


def _field(change: Change, name: str) -> Field | None:
    model = apps.get_model("crm_plugin", change.model)
    return next((f for f in model._meta.concrete_fields if name in _names(f)), None)


def _names(column: Field) -> tuple[str, str]:
    return (column.name, column.attname)


class _Words:
    """Turns journal rows into words; looks every named record up once."""

    def __init__(self, rows: list[Change], record: Model, user: Any) -> None:
        self.record = type(record)
        wanted: dict[type[Model], set[int]] = defaultdict(set)
        for change in rows:
            for name, value in _values(change):
                column = _field(change, name)
                if column is not None and column.related_model and value:
                    wanted[column.related_model].add(value)  # type: ignore[index]
        self.names = {model: _seen(model, ids, user) for model, ids in wanted.items()}

    def line(self, change: Change) -> list[Line]:
        if not change.field:
            return self._whole(change)
        column = _field(change, change.field)
        if column is None or column.name in QUIET:
            return []
        old, new = (self._value(column, value) for value in (change.old, change.new))
        return [(_label(column), f"{old or '–'} → {new or '–'}")]

    def _whole(self, change: Change) -> list[Line]:
        word = _("added") if change.old is None else _("removed")
        label = apps.get_model("crm_plugin", change.model)._meta.verbose_name
        if change.model == self.record._meta.model_name:
            return [(capfirst(str(label)), word)]
        said = change.new if change.old is None else change.old
        return [(capfirst(str(label)), f"{word}: {self._describe(change, said)}")]

    def _describe(self, change: Change, said: dict[str, Any]) -> str:
        """The values of a small row in one line, without what it belongs to."""
        words = []
        for name, value in said.items():
            column = _field(change, name)
            if column is None or column.primary_key or column.name in QUIET:
                continue
            if column.related_model is not self.record:
                words.append(self._value(column, value))
        return ", ".join(filter(None, words))

    def _value(self, column: Field, value: Any) -> str:
        if value in (None, ""):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if column.related_model:
            return self.names.get(column.related_model, {}).get(value, "…")  # type: ignore[call-overload]
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(column, DecimalField) and column.name in MONEY:
            return format_money(value)
        if isinstance(column, DateField):
            return _day(value)
        return str(value)


def _values(change: Change) -> list[tuple[str, Any]]:
    if change.field:
        return [(change.field, change.old), (change.field, change.new)]
    said = change.new if change.old is None else change.old
    return list(said.items()) if isinstance(said, dict) else []


def _seen(model: type[Model], ids: set[int], user: Any) -> dict[int, str]:
    rows: Any = model._default_manager.filter(pk__in=ids)
    visible = getattr(rows, "visible_to", None)
    return {row.pk: _name(row) for row in (visible(user) if visible else rows)}


def _name(row: Any) -> str:
    return normalise.staff(row) if hasattr(row, "get_full_name") else str(row)


def _label(column: Field) -> str:
    return capfirst(str(column.verbose_name))


def _day(value: str) -> str:
    moment = parse_datetime(value) if "T" in value else None
    if moment:
        return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    day = normalise.date(value)
    return date_format(day, "SHORT_DATE_FORMAT") if day else str(value)
