"""Contact points: one spelling to compare by, and writing them set-based."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from crm_plugin import journal, normalise, signing

from . import changes
from .models import Contact, ContactPoint

Kind, VerifiedBy = ContactPoint.Kind, ContactPoint.VerifiedBy
MARK = 16
_POSTCODE = re.compile(r"^〒?\s*(\d{3}[-‐–—―−ー]?\d{4})(?!\d)\s*")
_PREFECTURE = re.compile(r"東京都|北海道|京都府|大阪府|.{2,3}?県")
_CITY = re.compile(r"[^区郡]+?市(?![市郡町村])|.+?区|.+?郡.+?[町村]|.+?[町村]")


def mark(point: ContactPoint) -> str:
    """In a link: what tells that *point* still has the address that it went to.

    Whoever reads mail at an address that was corrected since is somebody else.
    """
    return signing.address_hash(point.kind, point.value_norm)[:MARK]


def bears(point: ContactPoint, said: Any) -> bool:
    """Whether *said* is the mark of *point*, made under any key that we still know."""
    if not isinstance(said, str) or len(said) != MARK:
        return False
    return signing.is_of_address(said, point.kind, point.value_norm)


def norm(kind: str, value: str) -> str:
    """The spelling by which two points of one kind are the same."""
    if kind == Kind.EMAIL:
        return normalise.email(value) or normalise.fold(value)
    if kind == Kind.PHONE:
        return normalise.phone(value) or normalise.fold(value)
    if kind == Kind.SNS:
        return normalise.account(value)[:320]
    return normalise.fold(value)[:320]


def build(contact_id: int, kind: str, value: str, **extra: Any) -> ContactPoint:
    """An unsaved point, its norm and (for a postal address) its parts filled in."""
    point = ContactPoint(
        contact_id=contact_id,
        kind=kind,
        value=value,
        value_norm=norm(kind, value),
        **extra,
    )
    if kind == Kind.POSTAL:
        point.postal_code, point.prefecture, point.city = postal_parts(value)
    return point


def postal_parts(address: str) -> tuple[str, str, str]:
    """(postcode, prefecture, city) of a Japanese address, each "" where not found."""
    rest = normalise.text(address)
    found = _POSTCODE.match(rest)
    code = normalise.postcode(found[1]) if found else ""
    rest = rest[found.end() :] if found else rest
    prefecture = _PREFECTURE.match(rest)
    if prefecture:
        rest = rest[prefecture.end() :].strip()
    city = _CITY.match(rest)
    return (
        code[:10],
        prefecture[0][:20] if prefecture else "",
        city[0][:80] if city else "",
    )


def read(contact_ids: Iterable[int], kinds: Iterable[str]) -> dict[tuple, list]:
    """{(contact id, kind): its points, the preferred one first, then the oldest}."""
    found: dict[tuple, list] = defaultdict(list)
    rows = ContactPoint.objects.filter(
        contact_id__in=list(contact_ids), kind__in=list(kinds)
    )
    for point in rows.order_by("-preferred", "id"):
        found[point.contact_id, point.kind].append(point)
    return found


def add(wanted: dict[int, dict[str, str]]) -> list[journal.Entry]:
    """Store ``{contact id: {kind: value}}`` beside what is there; known ones stay.

    Returns the journal entries of the points that are new.
    """
    kinds = {kind for named in wanted.values() for kind in named}
    known = {
        (contact_id, kind, point.value_norm)
        for (contact_id, kind), points in read(wanted, kinds).items()
        for point in points
    }
    return _insert(wanted, known)


def give(wanted: dict[int, dict[str, str]]) -> list[journal.Entry]:
    """Store ``{contact id: {kind: value}}`` of contacts that have no point yet."""
    return _insert(wanted, set())


def _insert(
    wanted: dict[int, dict[str, str]], known: set[tuple[int, str, str]]
) -> list[journal.Entry]:
    new = [
        build(contact_id, kind, value)
        for contact_id, named in wanted.items()
        for kind, value in named.items()
        if value and (contact_id, kind, norm(kind, value)) not in known
    ]
    ContactPoint.objects.bulk_create(new, batch_size=2_000)
    return [_whole(point, None, journal.whole(point)) for point in new]


def verify(point: ContactPoint, *, verified_by: str = VerifiedBy.CONFIRMATION) -> bool:
    """Its owner showed that *point* is theirs; false when that was known.

    Mail reaches it, and a provisional contact is one no more.
    """
    now = timezone.now()
    rows = ContactPoint.objects.filter(pk=point.pk)
    fresh = rows.filter(verified_at=None).update(
        verified_at=now, verified_by=verified_by
    )
    back = rows.exclude(undeliverable_at=None).update(undeliverable_at=None)
    people = Contact.objects.filter(pk=point.contact_id, confirmed_at=None)
    known = people.update(confirmed_at=now)
    if fresh or back:
        changes.note([point.contact_id], "points")
    if known:
        changes.note([point.contact_id], "fields")
    return bool(fresh)


def replace(contact_id: int, wanted: list[dict[str, Any]]) -> list[journal.Entry]:
    """Make the points of one contact what a person left in the form.

    *wanted* holds ``kind``, ``value`` and ``preferred``. Another spelling of the same
    value is only rewritten. Another value is another point: consent and confirmation
    belonged to the old one and go with it. Returns the journal entries.
    """
    stored = list(ContactPoint.objects.filter(contact_id=contact_id))
    known = {(row.kind, row.value_norm): row for row in stored}
    entries: list[journal.Entry] = []
    kept: set[int] = set()
    new: dict[tuple[str, str], ContactPoint] = {}
    for said in wanted:
        key = (said["kind"], norm(said["kind"], said["value"]))
        if key in known:
            entries += _rewrite(known[key], said)
            kept.add(known[key].pk)
        else:
            new[key] = build(
                contact_id, said["kind"], said["value"], preferred=said["preferred"]
            )
    ContactPoint.objects.bulk_create(new.values())
    entries += [_whole(row, None, journal.whole(row)) for row in new.values()]
    gone = [row for row in stored if row.pk not in kept]
    entries += [_whole(row, journal.whole(row), None) for row in gone]
    ContactPoint.objects.filter(pk__in=[row.pk for row in gone]).delete()
    return entries


def _rewrite(row: ContactPoint, said: dict[str, Any]) -> list[journal.Entry]:
    fresh = build(row.contact_id, row.kind, said["value"])
    fresh.preferred = said["preferred"]
    names = ("value", "postal_code", "prefecture", "city", "preferred")
    changed = [name for name in names if getattr(row, name) != getattr(fresh, name)]
    entries: list[journal.Entry] = [
        (
            "contactpoint",
            row.pk,
            name,
            getattr(row, name),
            getattr(fresh, name),
            row.contact_id,
        )
        for name in changed
    ]
    for name in changed:
        setattr(row, name, getattr(fresh, name))
    if changed:
        row.save(update_fields=changed)
    return entries


def _whole(row: ContactPoint, old: Any, new: Any) -> journal.Entry:
    return ("contactpoint", row.pk, "", old, new, row.contact_id)
