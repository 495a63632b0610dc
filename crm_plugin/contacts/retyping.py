"""Another type for an attribute that holds values: only where nothing is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left, Length

from crm_plugin.journal import heirs

from .models import AttributeChoice, AttributeDefinition
from .values import TABLES

Type = AttributeDefinition.Type
TEXT_LENGTH = 200


@dataclass(frozen=True)
class Conversion:
    """From one type to another: which rows would be lost, and how the others turn.

    ``rules``: whether everything that a rule could ask can still be asked.
    """

    lost: Callable[[QuerySet], int]
    turn: Callable[[QuerySet], Any]
    rules: bool = False


def _none(rows: QuerySet) -> int:
    return 0


def _too_long(rows: QuerySet) -> int:
    long = rows.annotate(length=Length("long_text"))
    return long.filter(Q(length__gt=TEXT_LENGTH) | Q(long_text__contains="\n")).count()


def _more_than_one(rows: QuerySet) -> int:
    owners = rows.order_by().values("owner_id").annotate(n=Count("pk"))
    return sum(row["n"] - 1 for row in owners.filter(n__gt=1))


def _neither_yes_nor_no(rows: QuerySet) -> int:
    return rows.exclude(number__in=[0, 1]).count()


def _keep(rows: QuerySet) -> None:
    """The column already says it."""


def _slots(rows: QuerySet) -> None:
    key = AttributeChoice.objects.filter(pk=OuterRef("choice_id")).values("key")
    rows.update(slot=Subquery(key[:1]))


CONVERSIONS = {
    (Type.TEXT, Type.LONG_TEXT): Conversion(
        _none, lambda rows: rows.update(long_text=F("text"), text=None)
    ),
    (Type.LONG_TEXT, Type.TEXT): Conversion(
        _too_long, lambda rows: rows.update(text=F("long_text"), long_text=None)
    ),
    (Type.CHOICE, Type.MULTI_CHOICE): Conversion(_none, _slots, rules=True),
    (Type.MULTI_CHOICE, Type.CHOICE): Conversion(
        _more_than_one, lambda rows: rows.update(slot=""), rules=True
    ),
    (Type.YES_NO, Type.NUMBER): Conversion(_none, _keep),
    (Type.NUMBER, Type.YES_NO): Conversion(_neither_yes_nor_no, _keep),
}


def lost(definition: AttributeDefinition, wanted: str) -> int:
    """How many stored values another type would lose; 0 where it may be changed."""
    conversion = _conversion(definition, wanted)
    check = conversion.lost if conversion else QuerySet.count
    return sum(check(rows) for rows in _tables(definition))


def keeps_rules(definition: AttributeDefinition, wanted: str) -> bool:
    """Whether rules about it still mean the same with the type *wanted*."""
    conversion = _conversion(definition, wanted)
    return conversion is not None and conversion.rules


def turn(definition: AttributeDefinition, wanted: str) -> None:
    """Bring every value to the type *wanted*; one statement per kind of record.

    Ask ``lost`` first. The definition itself is saved by the caller.
    """
    conversion = _conversion(definition, wanted)
    if conversion is None:
        return
    with transaction.atomic():
        for rows in _tables(definition):
            conversion.turn(rows)


def settle(rows: QuerySet) -> None:
    """Bring values that come back from the journal to the type that they have now.

    One that has no place any more, because a newer one took it, is left out.
    """
    single, several = (
        Q(definition__type=Type.CHOICE),
        Q(definition__type=Type.MULTI_CHOICE),
    )
    texts = rows.filter(definition__type=Type.TEXT).exclude(long_text=None)
    texts.update(text=Left("long_text", TEXT_LENGTH), long_text=None)
    words = rows.filter(definition__type=Type.LONG_TEXT).exclude(text=None)
    words.update(long_text=F("text"), text=None)
    chosen = rows.exclude(choice=None).select_related("definition", "choice")
    wrong = Q(single, ~Q(slot="")) | Q(several, slot="")
    for row in chosen.filter(wrong, definition__dated=False):
        slot = "" if row.definition.type == Type.CHOICE else row.choice.key
        taken = type(row).objects.filter(
            owner=row.owner_id, definition=row.definition_id, slot=slot
        )
        if taken.exists():
            row.delete()
        else:
            type(row).objects.filter(pk=row.pk).update(slot=slot)


for _table in TABLES.values():
    heirs.need(_table, "choice")
    heirs.settle(_table, settle)


def _conversion(definition: AttributeDefinition, wanted: str) -> Conversion | None:
    if wanted == definition.type:
        return Conversion(_none, _keep, rules=True)
    if definition.dated and Type.MULTI_CHOICE in (definition.type, wanted):
        return None
    return CONVERSIONS.get((Type(definition.type), Type(wanted)))


def _tables(definition: AttributeDefinition) -> Iterator[QuerySet]:
    for noun in definition.nouns:
        yield TABLES[noun].objects.filter(definition=definition)
