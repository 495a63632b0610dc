"""Writing contacts by the names of the field registry, one or many at once.

The doors say *what* (``{"contact.family_name": "佐藤", "point.email": …}``); here is
decided what that changes, and the journal, the change feed and the search key follow.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal, normalise

from . import changes, fields, points, search
from .fields import Noun, Values
from .models import Contact, FirstTouch
from .nouns import COLUMNS, SPLIT, columns, new_contact, same


def create_contact(
    values: dict[str, Any],
    *,
    by: Any = None,
    provisional: bool = False,
    first_touch: dict[str, Any] | None = None,
) -> Contact:
    """A new contact with *values*; blank ones are skipped.

    ``provisional``: known only from an unconfirmed form. ``first_touch`` holds columns
    of ``FirstTouch``. Raises ``ValueError`` for a value that its field refuses.
    """
    cleaned = clean(values, by=by)
    told = {name: value for name, value in cleaned.items() if value is not None}
    with transaction.atomic(savepoint=False):
        contact = new_contact(
            told, confirmed_at=None if provisional else timezone.now()
        )
        contact.save(force_insert=True)
        if first_touch:
            FirstTouch.objects.create(
                contact=contact, **{"at": contact.created_at, **first_touch}
            )
        beside = _give(contact, told)
        journal.record(
            "create",
            [("contact", contact.pk, "", None, journal.whole(contact))],
            by=by,
            summary=str(contact),
        )
        search.add(contact, told, beside)
        changes.note([contact.pk], "fields")
    return contact


def apply_values(
    contact: Contact, values: dict[str, Any], *, by: Any, kind: str = "edit"
) -> journal.Operation | None:
    """Write what *values* change on *contact*; None when nothing does.

    A blank (None or "") empties a column or an attribute; contact points are only
    added. Raises ``ValueError`` for a value that its field refuses.
    """
    cleaned = clean(values, by=by)
    with transaction.atomic():
        entries = write({contact.pk: cleaned})
        if not entries:
            return None
        operation = journal.record(kind, entries, by=by, summary=str(contact))
        finish([contact.pk], aspects(cleaned))
    contact.refresh_from_db()
    return operation


def differing(contact: Contact, values: dict[str, Any]) -> dict[str, Any]:
    """The cleaned *values* that differ from the record or are new to it.

    Blank ones say nothing and are dropped, as is whatever the record holds already: a
    contact point in another spelling, a whole name that only lacks its space. The
    columns are those of *contact* as it was loaded; the rest is one read per noun.
    """
    cleaned = {k: v for k, v in clean(values).items() if v is not None}
    own = [name for name in cleaned if name in COLUMNS or name in SPLIT]
    kinds = [k.partition(".")[2] for k in cleaned if k.startswith("point.")]
    rest = [k for k in cleaned if k not in own and not k.startswith("point.")]
    held = read([contact.pk], rest).get(contact.pk, {}) | columns(contact, own)
    known = points.read([contact.pk], kinds) if kinds else {}
    norms = {
        (kind, row.value_norm) for (_pk, kind), rows in known.items() for row in rows
    }
    return {
        name: value
        for name, value in cleaned.items()
        if not _holds(norms, name, held.get(name), value)
    }


def _holds(norms: set[tuple[str, str]], name: str, old: Any, new: Any) -> bool:
    if name.startswith("point."):
        kind = name.partition(".")[2]
        return (kind, points.norm(kind, new)) in norms
    if name == "organisation.name":
        return normalise.organisation(old) == normalise.organisation(new)
    return same(name, old, new)


def clean(values: dict[str, Any], *, by: Any = None) -> dict[str, Any]:
    """*values* cleaned by their fields; unknown names are left out.

    So are sensitive ones when *by* is somebody without the right. Raises
    ``ValueError`` with the message of the first value that its field refuses.
    """
    known = fields.named(values)
    may = by is None or by.has_perm("crm_plugin.view_sensitive")
    return {
        name: known[name].clean(value)
        for name, value in values.items()
        if name in known and (may or not known[name].sensitive)
    }


def read(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    """The current values of *names* for many contacts; one read per noun."""
    ids = list(contact_ids)
    found: Values = defaultdict(dict)
    for noun, wanted in _by_noun(names).items():
        for pk, said in noun.read(ids, wanted).items():
            found[pk].update((name, said[name]) for name in wanted if name in said)
    return found


def write(values: Values) -> list[journal.Entry]:
    """Write cleaned *values* of many contacts; return what the journal should know.

    For verbs that journal themselves (an import's slice): end with ``finish``.
    """
    names = {name for said in values.values() for name in said}
    entries: list[journal.Entry] = []
    for noun, wanted in _by_noun(names).items():
        part = {
            pk: {name: said[name] for name in wanted if name in said}
            for pk, said in values.items()
        }
        entries += noun.write({pk: said for pk, said in part.items() if said})
    return entries


def _give(contact: Contact, told: dict[str, Any]) -> list[journal.Entry]:
    """Write what a new contact has beside its own columns."""
    entries: list[journal.Entry] = []
    for noun, names in _by_noun(told).items():
        if noun is not fields.nouns()["contact"]:
            part = {contact.pk: {name: told[name] for name in names}}
            entries += (noun.give or noun.write)(part)
    return entries


def aspects(names: Iterable[str]) -> set[str]:
    """In which aspects of the change feed the fields called *names* count."""
    known = fields.nouns()
    prefixes = {name.partition(".")[0] for name in names}
    return {known[prefix].aspect for prefix in prefixes if prefix in known}


def finish(contact_ids: Iterable[int], touched: Iterable[str]) -> None:
    """What follows every write: the search key and the change feed."""
    ids = list(contact_ids)
    search.refresh(ids)
    for aspect in touched:
        changes.note(ids, aspect)


def _by_noun(names: Iterable[str]) -> dict[Noun, list[str]]:
    known = fields.nouns()
    grouped: dict[Noun, list[str]] = defaultdict(list)
    for name in names:
        noun = known.get(name.partition(".")[0])
        if noun and noun.written_with:
            noun = known[noun.written_with]
        if noun:
            grouped[noun].append(name)
    return grouped
