"""By which keys two contacts meet: whoever shares none is never compared.

Blocking with several passes (Hernández and Stolfo, *The merge/purge problem*, SIGMOD
1995): each kind of slip leaves at least one key alone. A name that many bear is a key
only together with a piece of something else.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import product

from django.db import connection

from crm_plugin.contacts.models import DuplicateKey

from . import characters, rows
from .counts import Counts
from .familiar import FREE_MAIL
from .persons import Part, Person

RARE = 3


def keys(person: Person, counts: Counts) -> set[int]:
    """The hashed keys of one person."""
    return {hashed(key) for key in _keys(person, counts)}


def hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def shared_key(kind: str, value: str) -> int:
    """The key under which an address, number or place is counted."""
    return hashed(f"{kind}:{value}")


def _keys(person: Person, counts: Counts) -> Iterator[str]:
    for kind, values in (
        ("email", person.emails),
        ("phone", person.phones),
        ("card", person.cards),
        ("id", person.ids),
        ("place", person.places),
    ):
        for value in values:
            yield f"{kind}:{value}"
    if person.birth:
        for start in starts(person.family) | starts(person.given):
            yield f"birth:{person.birth:%Y%m%d}{start}"
    rare = counts.expected(*_commonest(person)) <= RARE
    for name in names(person):
        if rare:
            yield f"name:{name}"
        else:
            for piece in _pieces(person):
                yield f"name:{name}:{piece}"


def starts(part: Part) -> set[str]:
    """How a name begins: two letters of its sound, else its first character."""
    heard = {sound[:2] for sound in part.sounds}
    return heard or characters.starts(part.written) or ({part.written[:1]} - {""})


def names(person: Person) -> set[str]:
    """The whole name as a bag of letters: equal for swapped halves and letters."""
    family, given = person.family, person.given
    if not family and not given:
        return set()
    if (family and not family.sounds) or (given and not given.sounds):
        return {_bag(family.written + given.written)}
    both = product(family.sounds or ("",), given.sounds or ("",))
    return {_bag(first + second) for first, second in both}


def _bag(letters: str) -> str:
    return "".join(sorted(letters))


def _commonest(person: Person) -> list[str]:
    return [
        part.sounds[0] if part.sounds else part.written
        for part in (person.family, person.given)
        if part
    ]


def _pieces(person: Person) -> Iterator[str]:
    """Pieces that a slip elsewhere in the same value leaves as they are."""
    for email in person.emails:
        local, _at, domain = email.partition("@")
        yield f"local:{local[:3]}"
        if domain not in FREE_MAIL:
            yield f"domain:{domain}"
    for phone in person.phones:
        number = at_home(phone)
        yield f"end:{number[-4:]}"
        yield f"start:{number[:6]}"
    for code in person.postcodes:
        yield f"code:{code}"


def at_home(phone: str) -> str:
    """A number as it is dialled in Japan: one that lacks a digit is never E.164."""
    return "0" + phone[3:] if phone.startswith("+81") else phone


def count() -> None:
    """PostgreSQL plans by what it knows of a table: of one just filled, nothing yet."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {DuplicateKey._meta.db_table}")


def store(wanted: set[tuple[int, int]], ids: list[int]) -> None:
    """Make *wanted* the keys of these contacts; only what differs is written."""
    mine = set(ids)
    known = DuplicateKey.objects.filter(rows.among("contact_id", ids))
    stored = {
        row
        for row in known.values_list("key", "contact_id").iterator()
        if row[1] in mine
    }
    gone = {pk for _key, pk in stored - wanted}
    if gone:
        DuplicateKey.objects.filter(contact_id__in=gone).delete()
        stored = {row for row in stored if row[1] not in gone}
    new = sorted(wanted - stored)
    rows.insert(DuplicateKey, {"key": "bigint", "contact_id": "bigint"}, new)
