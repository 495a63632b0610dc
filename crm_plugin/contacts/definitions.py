"""Keeping attribute definitions: keys that stay, choices that are never lost."""

from collections.abc import Iterable
from typing import Any

from anyascii import anyascii
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from crm_plugin import journal

from . import usage
from .models import AttributeChoice, AttributeDefinition
from .values import TABLES

COUNTED = 1_000


def free_key(label: str, *, taken: set[str] | None = None, width: int = 40) -> str:
    """A key made from *label* (Japanese is spelt out) that nobody has yet."""
    base = slugify(anyascii(label))[: width - 6] or "attribute"
    base = base if base[0].isalpha() else f"a-{base}"
    if taken is None:
        rows = AttributeDefinition.objects.filter(key__startswith=base)
        taken = set(rows.values_list("key", flat=True))
    key = base
    for number in range(2, 100):
        if key not in taken:
            return key
        key = f"{base}-{number}"
    return f"{base}-{get_random_string(5).lower()}"


def save_choices(
    definition: AttributeDefinition, rows: list[dict[str, Any]], *, by: Any = None
) -> list[AttributeChoice]:
    """Store the choices as the form shows them, in that order, and journal it.

    A row with ``DELETE`` is removed; a choice that somebody chose, or of an attribute
    that a rule asks, is only switched off. Returns those.
    """
    stored = {choice.key: choice for choice in definition.choices.all()}
    before = _choices_of(definition)
    kept: list[AttributeChoice] = []
    with transaction.atomic():
        for order, said in enumerate(rows, start=1):
            choice = stored.get(said.get("key") or "")
            if choice and said.get("DELETE"):
                kept += _remove(choice)
            elif said.get("label") and not said.get("DELETE"):
                choice = choice or _new(definition, said["label"], stored)
                choice.label, choice.label_ja = said["label"], said["label_ja"]
                choice.active, choice.order = said["active"], order * 10
                choice.save()
        _tell_choices(definition, before, by)
    return kept


def _choices_of(definition: AttributeDefinition) -> dict[int, dict[str, Any]]:
    return {row.pk: journal.whole(row) for row in definition.choices.all()}


def _tell_choices(
    definition: AttributeDefinition, before: dict[int, dict[str, Any]], by: Any
) -> None:
    """Journal what became of the choices; their first ones come with the attribute."""
    after = _choices_of(definition)
    entries: list[journal.Entry] = []
    for pk in sorted({*before, *after}):
        old, new = before.get(pk), after.get(pk)
        if old is None or new is None:
            entries.append(("attributechoice", pk, "", old, new, definition.pk))
            continue
        entries += [
            ("attributechoice", pk, name, old[name], new[name], definition.pk)
            for name in new
            if old[name] != new[name]
        ]
    if before and entries:
        journal.record("edit", entries, by=by, summary=str(definition))


def _new(
    definition: AttributeDefinition, label: str, stored: dict[str, AttributeChoice]
) -> AttributeChoice:
    key = free_key(label, taken=set(stored), width=32)
    stored[key] = AttributeChoice(definition=definition, key=key)
    return stored[key]


def _remove(choice: AttributeChoice) -> list[AttributeChoice]:
    asked = usage.places(choice.definition, user=None)
    if not any(place.rule for place in asked):
        try:
            with transaction.atomic():
                choice.delete()
            return []
        except ProtectedError:
            pass
    choice.active = False
    choice.save(update_fields=["active"])
    return [choice]


def held(definition: AttributeDefinition) -> dict[str, Any]:
    """How many records hold a value: exact up to 1,000."""
    count = 0
    for noun in definition.nouns:
        rows = TABLES[noun].objects.filter(definition=definition)
        count += rows.values("owner_id").distinct()[: COUNTED + 1].count()
    return {"count": min(count, COUNTED), "more": count > COUNTED}


def count(definition: AttributeDefinition, nouns: Iterable[str] | None = None) -> int:
    """How many values are stored, of all its nouns or of some."""
    wanted = definition.nouns if nouns is None else nouns
    tables = (TABLES[noun].objects for noun in wanted)
    return sum(table.filter(definition=definition).count() for table in tables)


def taken_from(definition: AttributeDefinition, describes: str) -> set[str]:
    """The nouns that it would no longer describe."""
    return set(definition.nouns) - set(AttributeDefinition(describes=describes).nouns)


def left_without(definition: AttributeDefinition, describes: str) -> int:
    """How many values would belong to nouns that it no longer describes."""
    return count(definition, taken_from(definition, describes))


def tell(
    was: AttributeDefinition, now: AttributeDefinition, *, by: Any
) -> journal.Operation | None:
    """Write to the journal how a definition was added or changed."""
    if was.pk is None:
        new = journal.whole(now)
        entries: list[journal.Entry] = [("attributedefinition", now.pk, "", None, new)]
    else:
        old, new = journal.whole(was), journal.whole(now)
        entries = [
            ("attributedefinition", now.pk, name, old[name], new[name])
            for name in new
            if old[name] != new[name]
        ]
    if not entries:
        return None
    kind = "create" if was.pk is None else "edit"
    return journal.record(kind, entries, by=by, summary=str(now))


class InUse(ValueError):
    """The attribute holds values, or something names it: it can be switched off."""


def delete(definition: AttributeDefinition, *, by: Any) -> journal.Operation:
    """Remove a definition that nothing uses. Raises ``InUse``."""
    with transaction.atomic():
        AttributeDefinition.objects.select_for_update().get(pk=definition.pk)
        if held(definition)["count"] or usage.places(definition, user=None):
            raise InUse
        choices = list(definition.choices.all())
        entries: list[journal.Entry] = [
            ("attributechoice", row.pk, "", journal.whole(row), None, definition.pk)
            for row in choices
        ]
        old = journal.whole(definition)
        entries.append(("attributedefinition", definition.pk, "", old, None))
        summary = str(definition)
        definition.delete()
        return journal.record("edit", entries, by=by, summary=summary)
