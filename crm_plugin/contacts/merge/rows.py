"""Rows of which a record has one of a kind: attributes, source, places of work."""

from typing import Any

from crm_plugin.contacts.models import (
    Affiliation,
    AttributeDefinition,
    ContactValue,
    FirstTouch,
)
from crm_plugin.contacts.models.attributes import VALUE_COLUMNS

from .joining import DUPLICATE, SURVIVOR, Merging, blank

PLACE = ("department_id", "title", "authority", "budget", "started_on")


def join_values(merging: Merging) -> None:
    """One value per attribute and slot; ticks of several answers add up.

    What the merging person may not read follows the survivor where it has no value.
    """
    own, other = merging.rows(ContactValue, "owner")
    known = {(row.definition_id, row.slot): row for row in own}
    definitions = AttributeDefinition.objects.in_bulk([r.definition_id for r in other])
    readable = _readable(merging.by)
    gone = []
    for row in other:
        mine = known.get((row.definition_id, row.slot))
        name = value_name(definitions[row.definition_id], row.slot)
        may = row.definition_id in readable
        said = merging.choices.get(name, "") if may else ""
        if mine is not None and said == DUPLICATE:
            merging.edit(mine, **_value(row))
        if mine is not None or said == SURVIVOR:
            gone.append(row)
    merging.take_out(ContactValue, gone)


def value_name(definition: AttributeDefinition, slot: str) -> str:
    """What a choice between two values of an attribute is called."""
    name = f"attribute.{definition.key}"
    return f"{name}:{slot}" if slot else name


def _readable(by: Any) -> set[int]:
    rows = AttributeDefinition.objects.all()
    if by is not None:
        rows = rows.readable_by(by)
    rows = rows.exclude(type=AttributeDefinition.Type.MULTI_CHOICE)
    return set(rows.values_list("pk", flat=True))


def _value(row: ContactValue) -> dict[str, Any]:
    columns = (
        "choice_id" if column == "choice" else column for column in VALUE_COLUMNS
    )
    return {column: getattr(row, column) for column in columns}


def join_first_touch(merging: Merging) -> None:
    """The earliest is where this person came from."""
    own, other = merging.rows(FirstTouch, "contact")
    if other and (not own or other[0].at < own[0].at):
        earliest = merging.for_survivor(other[0], "contact")
        merging.take_out(FirstTouch, [*own, *other])
        merging.add([earliest])
    else:
        merging.take_out(FirstTouch, other)


def join_affiliations(merging: Merging) -> None:
    """A place that contradicts none of the survivor's only fills it in."""
    own, other = merging.rows(Affiliation, "contact")
    joined: dict[int, int] = {}
    gone = []
    for row in other:
        mine = next((place for place in own if _same_place(place, row)), None)
        if mine is not None:
            filled = {k: getattr(row, k) for k in PLACE if blank(getattr(mine, k))}
            if any(not blank(value) for value in filled.values()):
                merging.edit(mine, **filled, version=mine.version + 1)
            joined[row.pk] = mine.pk
            gone.append(row)
    merging.repoint(Affiliation, joined)
    merging.take_out(Affiliation, gone)


def _same_place(mine: Affiliation, theirs: Affiliation) -> bool:
    if (mine.organisation_id, mine.ended_on) != (
        theirs.organisation_id,
        theirs.ended_on,
    ):
        return False
    pairs = ((getattr(mine, name), getattr(theirs, name)) for name in PLACE)
    return all(blank(a) or blank(b) or a == b for a, b in pairs)
