"""Doubles inside one sheet: two rows that share a key are one person."""

import hashlib
from collections.abc import Iterable

from .models import ImportBatch, ImportKey


def find_doubles(
    batch: ImportBatch, keyed: Iterable[tuple[int, list[str]]]
) -> dict[int, int]:
    """``{row number: number of the earlier row}`` for ``(number, keys)`` in order.

    Remembers the keys of rows that stand first. One look-up and one insert for any
    number of rows; safe to repeat for rows that were seen before.
    """
    rows = [(number, [_digest(key) for key in keys]) for number, keys in keyed]
    wanted = {digest for _number, digests in rows for digest in digests}
    known = ImportKey.objects.filter(batch=batch, key__in=wanted)
    first: dict[str, int] = {}
    for digest, number in known.order_by("-number").values_list("key", "number"):
        first[digest] = number
    doubles: dict[int, int] = {}
    new = []
    for number, digests in rows:
        earlier = [first[d] for d in digests if first.get(d, number) < number]
        if earlier:
            doubles[number] = min(earlier)
        for digest in digests:
            if digest not in first:
                first[digest] = doubles.get(number, number)
                new.append(ImportKey(batch=batch, key=digest, number=first[digest]))
    ImportKey.objects.bulk_create(new)
    return doubles


def _digest(key: str) -> str:
    """Keys are kept as digests: they are short, and no copy of an address."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
