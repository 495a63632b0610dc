"""Contact points: equal ones become one, and what hung on either hangs on it."""

from typing import Any

from crm_plugin.contacts import links
from crm_plugin.contacts.models import ContactPoint, PointAlias

from .joining import DUPLICATE, Merging

PARTS = ("value", "postal_code", "prefecture", "city", "verified_at", "verified_by")


def join_points(merging: Merging) -> None:
    """Join equal points into the survivor's row; the others follow later.

    The joined one is spelt and confirmed as the confirmed one, or the older one. Which
    point of a kind is used first stays the survivor's unless somebody chose.
    """
    own, other = merging.rows(ContactPoint, "contact")
    known = {(row.kind, row.value_norm): row for row in own}
    gone = [row for row in other if (row.kind, row.value_norm) in known]
    for row in gone:
        mine = known[row.kind, row.value_norm]
        merging.points[row.pk] = mine.pk
    _choose_first(merging, own, other)
    for row in gone:
        _join(merging, known[row.kind, row.value_norm], row)
    for join in links.joins_of_points():
        join(merging)
    merging.repoint(ContactPoint, merging.points)
    merging.take_out(ContactPoint, gone)
    merging.add(
        [PointAlias(old_id=old, point_id=new) for old, new in merging.points.items()]
    )


def _join(merging: Merging, mine: ContactPoint, theirs: ContactPoint) -> None:
    best = min(mine, theirs, key=_trust)
    stops = [row.undeliverable_at for row in (mine, theirs) if row.undeliverable_at]
    merging.edit(
        mine,
        **{name: getattr(best, name) for name in PARTS},
        undeliverable_at=max(stops, default=None),
        created_at=min(mine.created_at, theirs.created_at),
    )


def _trust(point: ContactPoint) -> tuple[Any, ...]:
    seen = point.verified_at or point.created_at
    return point.verified_at is None, seen, point.pk


def _choose_first(
    merging: Merging, own: list[ContactPoint], other: list[ContactPoint]
) -> None:
    by_pk = {row.pk: row for row in own}
    for kind in {row.kind for row in own} & {row.kind for row in other}:
        mine, theirs = in_order(own, kind), in_order(other, kind)
        top = mine[0]
        if merging.choices.get(f"point.{kind}") == DUPLICATE:
            top = by_pk.get(merging.points.get(theirs[0].pk, 0), theirs[0])
        together = mine + [row for row in theirs if row.pk not in merging.points]
        if in_order(together, kind)[0] is not top:
            for row in together:
                merging.edit(row, preferred=row is top)


def in_order(points: list[ContactPoint], kind: str) -> list[ContactPoint]:
    """Those of *kind*, the one to use first in front."""
    found = [row for row in points if row.kind == kind]
    return sorted(found, key=lambda row: (not row.preferred, row.pk))
