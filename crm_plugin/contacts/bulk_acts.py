"""What a bulk change does to one slice of contacts: a few statements, each journalled.

Every act looks first whom it changes at all, so that nobody's version moves for nothing.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, QuerySet, Value

from crm_plugin import journal
from crm_plugin.journal import Operation

from . import fields, values
from .models import AttributeDefinition, BulkEdit, Contact, ContactValue
from .statements import AsJson, AsMoment, Json, as_object, as_text, insert, journal_rows

Act = BulkEdit.Act
ASPECTS = {Act.OWNER: "fields", Act.ARCHIVE: "fields"}
# How each value column is spelled in SQL.
COLUMNS: dict[str, models.Field] = {
    "number": models.DecimalField(max_digits=20, decimal_places=4),
    "text": models.CharField(),
    "date": models.DateField(),
    "choice_id": models.BigIntegerField(),
}
Ids = Sequence[int]


@dataclass(frozen=True)
class Taught:
    """An act that another room knows how to do.

    ``right``: the permission that it needs. ``aspect``: what the change feed hears.
    ``apply(edit, ids, at)``: do it in the caller's transaction, each change journalled;
    the ids of whom it changed. It alters no column of Contact.
    """

    right: str
    aspect: str
    apply: "Callable[[BulkEdit, Ids, dt.datetime], set[int]]"


_taught: dict[str, Taught] = {}


def teach(
    act: str,
    *,
    right: str,
    aspect: str,
    apply: "Callable[[BulkEdit, Ids, dt.datetime], set[int]]",
) -> None:
    """Let a room above this one do *act*; see ``Taught``."""
    _taught[act] = Taught(right, aspect, apply)


def taught() -> dict[str, Taught]:
    """The acts of other rooms, by name."""
    return _taught


def apply(edit: BulkEdit, ids: Ids, at: dt.datetime) -> set[int]:
    """Do *edit* to these contacts, in the caller's transaction; whom it changed."""
    operation = edit.operation
    contacts = Contact.objects.filter(pk__in=ids)
    if operation is None:
        return set()
    if edit.act in _taught:
        return _taught[edit.act].apply(edit, ids, at)
    if edit.act == Act.OWNER:
        others = contacts.exclude(owner_id=edit.value)
        return _column(operation, others, "owner_id", edit.value, at)
    if edit.act == Act.ARCHIVE:
        current = contacts.filter(archived_at=None)
        return _column(operation, current, "archived_at", at, at)
    changed = _values(edit, operation, ids, at)
    _moved_on(changed, at)
    return changed


def aspect(edit: BulkEdit) -> str:
    """In which aspect of the change feed it counts."""
    if edit.act in _taught:
        return _taught[edit.act].aspect
    return ASPECTS.get(Act(edit.act), "attributes")


def moves_on(edit: BulkEdit) -> bool:
    """Whether it alters the record, so that whoever has it open must be told."""
    return edit.act not in _taught


def _column(
    operation: Operation, contacts: QuerySet, column: str, value: Any, at: dt.datetime
) -> set[int]:
    locked = contacts.order_by("pk").select_for_update()
    ids = set(locked.values_list("pk", flat=True))
    rows = Contact.objects.filter(pk__in=ids)
    new = Json(journal.plain(value))
    journal_rows(operation, rows, field=Value(column), old=AsJson(F(column)), new=new)
    rows.update(**{column: value}, version=F("version") + 1, updated_at=at)
    return ids


def _moved_on(ids: set[int], at: dt.datetime) -> None:
    """Whoever has the record open is told before saving over it."""
    rows = Contact.objects.filter(pk__in=ids)
    rows.update(version=F("version") + 1, updated_at=at)


def _values(
    edit: BulkEdit, operation: Operation, ids: Ids, at: dt.datetime
) -> set[int]:
    definition = edit.definition
    if definition is None or (edit.by and not _may_write(definition, edit.by)):
        return set()
    if edit.act == Act.CLEAR:
        return _clear(operation, definition, ids)
    value = fields.attribute_field(definition).clean(edit.value)
    changed: set[int] = set()
    for slot, content in values.slots_of(definition, value).items():
        if content:
            changed |= _set(operation, definition, ids, slot, content, at)
    return changed


def _may_write(definition: AttributeDefinition, user: Any) -> bool:
    return not definition.sensitive or user.has_perm("crm_plugin.view_sensitive")


def _set(
    operation: Operation,
    definition: AttributeDefinition,
    ids: Ids,
    slot: str,
    content: dict[str, Any],
    at: dt.datetime,
) -> set[int]:
    """Make *content* (column and value) stand in one slot of each contact."""
    ((column, value),) = content.items()
    held = ContactValue.objects.filter(definition=definition, slot=slot)
    theirs = held.filter(owner__in=ids)
    others = theirs.exclude(**{column: value}).order_by("pk").select_for_update()
    changed = dict(others.values_list("pk", "owner_id"))
    rows = ContactValue.objects.filter(pk__in=changed)
    old = AsJson(as_text(column) if column == "number" else F(column))
    new = Json(journal.plain(value))
    said = {"field": Value(column), "old": old, "new": new}
    journal_rows(operation, rows, about="owner_id", **said)
    rows.update(**{column: value}, updated_at=at)
    without = Contact.objects.filter(~Exists(held.filter(owner=OuterRef("pk"))))
    columns = {
        "owner_id": F("pk"),
        "definition_id": Value(definition.pk),
        "slot": Value(slot),
        column: Value(value, output_field=COLUMNS[column]),
        "updated_at": Value(at, output_field=models.DateTimeField()),
    }
    insert(ContactValue, columns, without.filter(pk__in=ids))
    created = theirs.filter(updated_at=at).exclude(pk__in=changed)
    whole = _whole()
    journal_rows(operation, created, about="owner_id", field=Value(""), new=whole)
    return {*changed.values(), *created.values_list("owner_id", flat=True)}


def _clear(operation: Operation, definition: AttributeDefinition, ids: Ids) -> set[int]:
    held = ContactValue.objects.filter(definition=definition, owner__in=ids)
    owners = set(held.values_list("owner_id", flat=True))
    whole = _whole()
    journal_rows(operation, held, about="owner_id", field=Value(""), old=whole)
    held.delete()
    return owners


def _whole() -> Any:
    """A value row as the journal keeps it, to tell it and to bring it back."""
    names = ("id", "owner_id", "definition_id", "slot", "choice_id", "text", "date")
    plain = {name: name for name in (*names, "long_text")}
    moment = AsMoment("updated_at")
    return as_object(**plain, number=as_text("number"), updated_at=moment)
