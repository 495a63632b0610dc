"""Attribute values, read and written for many records at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone

from crm_plugin import journal

from . import changes, fields
from .models import (
    Affiliation,
    AttributeDefinition,
    ContactValue,
    DepartmentValue,
    OrganisationValue,
)

TABLES: dict[str, Any] = {
    "contact": ContactValue,
    "organisation": OrganisationValue,
    "department": DepartmentValue,
}
SLICE = 5_000
Shown = dict[int, list[tuple[AttributeDefinition, str]]]


def read(owner_ids: Iterable[int], *, user: Any = None, noun: str = "contact") -> Shown:
    """What is known about each owner, in display order: ``(definition, text)``.

    Without a *user*, nothing sensitive. Three queries for any number of owners.
    """
    known = {
        field.definition.pk: field
        for field in fields.attributes(user, noun=noun)
        if field.definition
    }
    shown: Shown = {}
    for owner_id, raw in _stored(owner_ids, known, noun).items():
        shown[owner_id] = [
            (field.definition, field.display(raw[pk]))
            for pk, field in known.items()
            if pk in raw and field.definition
        ]
    return shown


def current(
    owner_ids: Iterable[int], keys: Iterable[str], *, noun: str = "contact"
) -> dict[int, dict[str, Any]]:
    """The stored values by attribute key, as ``Field.clean`` would give them."""
    rows = fields.definitions(keys).values()
    known = {row.pk: fields.attribute_field(row) for row in rows if noun in row.nouns}
    return {
        owner_id: {known[pk].name.partition(".")[2]: value for pk, value in raw.items()}
        for owner_id, raw in _stored(owner_ids, known, noun).items()
    }


def _stored(
    owner_ids: Iterable[int], known: dict[int, fields.Field], noun: str
) -> dict[int, dict[int, Any]]:
    """{owner: {definition id: value}}; the newest slot of a dated value."""
    found: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in _rows(TABLES[noun], owner_ids, known):
        field = known[row.definition_id]
        if field.type == "multi_choice":
            found[row.owner_id].setdefault(row.definition_id, set()).add(row.slot)
        else:
            found[row.owner_id][row.definition_id] = _value(field, row)
    for said in found.values():
        for pk, value in said.items():
            if isinstance(value, set):
                said[pk] = [key for key in known[pk].labels if key in value]
    return found


def _rows(table: Any, owner_ids: Iterable[int], definition_ids: Any) -> Iterator[Any]:
    ids = list(dict.fromkeys(owner_ids))
    for start in range(0, len(ids), SLICE):
        part = table.objects.filter(
            owner_id__in=ids[start : start + SLICE],
            definition_id__in=list(definition_ids),
        )
        yield from part.order_by("owner_id", "definition_id", "slot")


def _value(field: fields.Field, row: Any) -> Any:
    if field.type == "choice":
        keys = {choice.pk: choice.key for choice in field.definition.choices.all()}  # type: ignore[union-attr]
        return keys.get(row.choice_id)
    value = getattr(row, field.definition.column)  # type: ignore[union-attr]
    return bool(value) if field.type == "yes_no" else value


def write(
    values: dict[int, dict[str, Any]],
    *,
    noun: str = "contact",
    by: Any,
    fresh: bool = False,
) -> list[journal.Entry]:
    """Store cleaned values ``{owner id: {key: value}}``; None or [] removes one.

    The value of a dated attribute may be ``{period: value}``, such as ``{"2025": 1}``;
    other periods stay, and a bare value is this year's. Writes only what differs and
    returns the journal entries for it. A user without the right cannot write a
    sensitive attribute: those keys are left out. *fresh* owners have no values yet:
    nobody looks for them.
    """
    keys = {key for wanted in values.values() for key in wanted}
    definitions = {
        key: row
        for key, row in fields.definitions(keys).items()
        if noun in row.nouns and _may_write(row, by)
    }
    entries = _Writing(TABLES[noun], definitions, values).run(fresh=fresh)
    _tell_feed(noun, {entry[-1] for entry in entries})
    return entries


def _may_write(row: AttributeDefinition, by: Any) -> bool:
    if by is None:
        return True
    may = not row.sensitive or by.has_perm("crm_plugin.view_sensitive")
    return by.is_active and may


def _tell_feed(noun: str, owner_ids: set[int]) -> None:
    """What is known of an organisation or department is known of its people."""
    if noun != "contact" and owner_ids:
        places = Affiliation.objects.filter(**{f"{noun}__in": owner_ids})
        owner_ids = set(places.values_list("contact_id", flat=True))
    changes.note(owner_ids, "attributes")


def periods(
    owner_ids: Iterable[int], *, user: Any = None, noun: str = "contact"
) -> "dict[int, dict[str, dict[str, Any]]]":
    """Every value of dated attributes: ``{owner: {key: {period: value}}}``."""
    known = {
        field.definition.pk: field
        for field in fields.attributes(user, noun=noun)
        if field.definition and field.definition.dated
    }
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for row in _rows(TABLES[noun], owner_ids, known) if known else ():
        field = known[row.definition_id]
        said = found.setdefault(row.owner_id, {}).setdefault(field.key, {})
        said[row.slot] = _value(field, row)
    return found


class _Writing:
    """One set-based write: what should stand, compared with what stands."""

    def __init__(
        self,
        table: Any,
        definitions: dict[str, AttributeDefinition],
        values: dict[int, dict[str, Any]],
    ) -> None:
        self.table = table
        self.definitions = definitions
        self.wanted = self._wanted(values)
        self.created: list[Any] = []
        self.updated: list[Any] = []
        self.removed: list[Any] = []
        self.entries: list[journal.Entry] = []

    def _wanted(self, values: dict[int, dict[str, Any]]) -> dict[tuple, dict]:
        """{(owner, definition): {slot: {column: value}}}; no column: to be removed"""
        return {
            (owner_id, self.definitions[key].pk): slots_of(self.definitions[key], value)
            for owner_id, named in values.items()
            for key, value in named.items()
            if key in self.definitions
        }

    def run(self, *, fresh: bool = False) -> list[journal.Entry]:
        ids = {definition.pk for definition in self.definitions.values()}
        owners = {owner_id for owner_id, _definition in self.wanted}
        if fresh:
            owners = set()
        dated = {d.pk for d in self.definitions.values() if d.dated}
        for row in _rows(self.table, owners, ids):
            slots = self.wanted.get((row.owner_id, row.definition_id))
            if slots is None or (row.definition_id in dated and row.slot not in slots):
                continue
            self._compare(row, slots.pop(row.slot, None))
        for (owner_id, definition_id), slots in self.wanted.items():
            for slot, column in slots.items():
                if column is None:
                    continue
                self.created.append(
                    self.table(
                        owner_id=owner_id,
                        definition_id=definition_id,
                        slot=slot,
                        **column,
                    )
                )
        return self._store()

    def _compare(self, row: Any, column: dict[str, Any] | None) -> None:
        if column is None:
            self.removed.append(row)
            return
        ((name, value),) = column.items()
        old = getattr(row, name)
        if old == value:
            return
        self.entries.append(
            (self.table._meta.model_name, row.pk, name, old, value, row.owner_id)
        )
        setattr(row, name, value)
        # What is written in bulk is not stamped by itself.
        row.updated_at = timezone.now()
        self.updated.append(row)

    def _store(self) -> list[journal.Entry]:
        model = self.table._meta.model_name
        if self.removed:
            pks = [row.pk for row in self.removed]
            self.table.objects.filter(pk__in=pks).delete()
        if self.updated:
            columns = ["number", "text", "date", "choice_id", "long_text", "updated_at"]
            self.table.objects.bulk_update(self.updated, columns, batch_size=500)
        self.table.objects.bulk_create(self.created, batch_size=2_000)
        for row in self.removed:
            old = journal.whole(row)
            self.entries.append((model, row.pk, "", old, None, row.owner_id))
        for row in self.created:
            new = journal.whole(row)
            self.entries.append((model, row.pk, "", None, new, row.owner_id))
        return self.entries


def slots_of(
    definition: AttributeDefinition, value: Any
) -> dict[str, dict[str, Any] | None]:
    """The rows that should stand for *value*, by slot: column and content."""
    if definition.dated:
        said = value if isinstance(value, dict) else {this_period(): value}
        return {slot: _column(definition, one) for slot, one in said.items()}
    if definition.type == definition.Type.MULTI_CHOICE:
        chosen = value if isinstance(value, list) else [value]
        return {
            choice.key: {"choice_id": choice.pk}
            for choice in definition.choices.all()
            if choice.key in chosen
        }
    column = _column(definition, value)
    return {} if column is None else {"": column}


def this_period() -> str:
    """The period of a value that is given without one: the year of today."""
    return str(timezone.localdate().year)


def _column(definition: AttributeDefinition, value: Any) -> dict[str, Any] | None:
    """Where one value goes; None for a blank and for a choice that is none."""
    if value is None or value == []:
        return None
    if definition.type == definition.Type.YES_NO:
        return {"number": Decimal(int(value))}
    if definition.column != "choice":
        return {definition.column: value}
    keys = {choice.key: choice.pk for choice in definition.choices.all()}
    return {"choice_id": keys[value]} if value in keys else None
