"""Note who saw sensitive values. Never to compare members of staff with each other."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .models import AttributeDefinition, SensitiveView
from .values import TABLES

Screen = SensitiveView.Screen
Held = dict[int, set[str]]


def seen(
    ids: Iterable[int],
    *,
    by: Any,
    screen: str,
    keys: Iterable[str] | None = None,
    noun: str = "contact",
) -> None:
    """*by* is shown the values of these records: note those who hold sensitive ones.

    *noun* is contact, organisation or department; what is known of a department counts
    for its organisation. *keys* narrows it to the attributes that the screen shows.
    Nothing is noted for who may not read them: they were not shown. One read and one
    insert, and the insert only where there is something to note.
    """
    if _may_read(by):
        owners = {"owner_id__in": list(ids)}
        found = _held(noun, owners, None if keys is None else list(keys))
        _note(found, by, screen, "contact" if noun == "contact" else "organisation")


def seen_organisations(
    ids: Iterable[int], *, by: Any, screen: str, keys: Iterable[str] | None = None
) -> None:
    """*by* is shown what is known of these organisations and their departments.

    All of it, or what *keys* name.
    """
    if not _may_read(by):
        return
    ids, named = list(ids), None if keys is None else list(keys)
    found = _held("organisation", {"owner_id__in": ids}, named)
    parts = _held("department", {"owner__organisation_id__in": ids}, named)
    for pk, keys in parts.items():
        found[pk] |= keys
    _note(found, by, screen, "organisation")


def told(
    said: Iterable[tuple[int | None, str]], *, by: Any, screen: str = Screen.CLAIM
) -> None:
    """*by* is shown what a form said: pairs of a contact and the field it is about.

    Only fields called ``attribute.…`` can be sensitive, also of retired attributes.
    What was said by nobody on record is nobody's yet. One read and one insert for any
    number of pairs, and neither where no attribute is among them.
    """
    named: Held = defaultdict(set)
    for contact_id, field in said:
        prefix, _dot, key = str(field or "").partition(".")
        if contact_id and prefix == "attribute":
            named[contact_id].add(key)
    if not named or not _may_read(by):
        return
    sensitive = _sensitive(set().union(*named.values()))
    held = {pk: keys & sensitive for pk, keys in named.items() if keys & sensitive}
    _note(held, by, screen, "contact")


def sensitive_among(fields: Iterable[str], *, by: Any) -> set[str]:
    """Those of *fields* whose values *by* may read and which are noted when read."""
    parts = [str(field or "").partition(".") for field in fields]
    keys = {key for prefix, _dot, key in parts if prefix == "attribute"}
    if not keys or not _may_read(by):
        return set()
    return {f"attribute.{key}" for key in _sensitive(keys)}


def _sensitive(keys: set[str]) -> set[str]:
    """Also those of retired attributes."""
    rows = AttributeDefinition.objects.filter(sensitive=True, key__in=keys)
    return set(rows.values_list("key", flat=True))


def _may_read(by: Any) -> bool:
    return by is not None and bool(by.has_perm("crm_plugin.view_sensitive"))


def _held(noun: str, owners: dict[str, Any], keys: list[str] | None = None) -> Held:
    """Which sensitive attributes have a value, by contact or organisation."""
    sensitive = AttributeDefinition.objects.active().filter(sensitive=True)
    if keys is not None:
        sensitive = sensitive.filter(key__in=keys)
    rows = TABLES[noun].objects.filter(**owners, definition__in=sensitive.values("pk"))
    owner = "owner__organisation_id" if noun == "department" else "owner_id"
    found: Held = defaultdict(set)
    for owner_id, key in rows.values_list(owner, "definition__key"):
        found[owner_id].add(key)
    return found


def _note(held: Held, by: Any, screen: str, noun: str) -> None:
    """One line for each record and what of it was shown."""
    lines = [
        SensitiveView(
            **{f"{noun}_id": pk}, by=by, screen=screen, keys=", ".join(sorted(found))
        )
        for pk, found in held.items()
    ]
    SensitiveView.objects.bulk_create(lines, batch_size=2_000)
