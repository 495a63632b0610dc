"""What the other classes of a scheme lose to one whose rule changes, and get from it.

Everybody is in exactly one class: whoever enters it leaves another, and whoever leaves it
is taken by the first whose rule is then true. Told from those of whom it is known that
they move, or from those of the fair sample who do.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from crm_plugin import rules

from . import schemes
from .choosing import Chosen
from .counting import UNKNOWN, Figure
from .models import Segment, SegmentMembership
from .movements import Movement, members_among


@dataclass(frozen=True)
class Other:
    """Another class of the scheme, and how many it would get and lose."""

    segment: Segment
    gains: Figure = UNKNOWN
    loses: Figure = UNKNOWN

    @property
    def unknown(self) -> bool:
        return self.gains.unknown and self.loses.unknown

    @property
    def stays(self) -> bool:
        """Whether nobody enters or leaves it."""
        return Figure() == self.gains == self.loses


@dataclass(frozen=True)
class Exchange:
    """The other classes in order, as far as somebody may know of them.

    ``stuck`` is one whose rule cannot be evaluated: until then nobody moves at all.
    """

    others: Sequence[Other] = ()
    stuck: Segment | None = None

    @property
    def changing(self) -> list[Other]:
        return [other for other in self.others if not other.stays]

    @property
    def unknown(self) -> bool:
        return bool(self.others) and all(other.unknown for other in self.others)


@dataclass(frozen=True)
class _Moving:
    """Who moves, and how many so many of them stand for."""

    ids: frozenset[int]
    figure: Callable[[int], Figure] = Figure


def exchange(
    segment: Segment,
    chosen: Chosen,
    moves: tuple[Movement, Movement],
    *,
    user: Any,
    at: dt.datetime,
    patience: rules.Patience,
) -> Exchange:
    """If the class *segment* were published as it is in memory: who enters and who
    leaves it are its *moves*. What is not ready in time is left open."""
    rows = _others(segment, user)
    if stuck := next((row for row in rows if row.frozen_at), None):
        return Exchange(stuck=stuck)
    try:
        with patience.share(0.4):
            come, go = _moving(segment, chosen, moves)
            loses = _lost(come, rows)
    except rules.TookTooLong:
        return Exchange([Other(row) for row in rows])
    try:
        gains = _gained(go, rows, at, patience)
    except _Stuck as broken:
        return Exchange(stuck=broken.segment)
    return Exchange([Other(row, gains[row.pk], loses[row.pk]) for row in rows])


class _Stuck(Exception):
    def __init__(self, segment: Segment) -> None:
        super().__init__(segment.key)
        self.segment = segment


def _others(segment: Segment, user: Any) -> list[Segment]:
    """The other classes in force, each behind it knowing what it then leaves to them."""
    published = copy(segment)
    published.live = True
    rows = [row for row in schemes.together(published) if row.in_force]
    visible = Segment.objects.visible_to(user).filter(scheme=segment.scheme_id)
    known = set(visible.values_list("pk", flat=True))
    return [row for row in rows if row is not published and row.pk in known]


def _moving(
    segment: Segment, chosen: Chosen, moves: tuple[Movement, Movement]
) -> tuple[_Moving | None, _Moving | None]:
    """Who comes from the other classes, and who goes to them."""
    entering, leaving = moves
    of_class = Segment.objects.live().filter(pk=segment.pk, scheme=segment.scheme_id)
    inside: frozenset[int] = frozenset()
    if not of_class.exists():
        # Its members, if it has any, are in other classes as well.
        entering, leaving = Movement(chosen.figure, chosen.ids), Movement()
    elif chosen.probe is not None:
        inside = frozenset(members_among(segment, chosen.probe.ids))
    return (
        _some(entering, chosen, chosen.some - inside),
        _some(leaving, chosen, inside - chosen.some),
    )


def _some(movement: Movement, chosen: Chosen, sample: frozenset[int]) -> _Moving | None:
    """All of them where they are known, else the sample, if there is one."""
    if movement.figure == Figure(len(movement.ids)):
        return _Moving(frozenset(movement.ids))
    if chosen.probe is None:
        return None
    return _Moving(sample, chosen.probe.share_of)


def _lost(moving: _Moving | None, rows: list[Segment]) -> dict[int, Figure]:
    """One query, whatever the number of classes."""
    if moving is None:
        return dict.fromkeys((row.pk for row in rows), UNKNOWN)
    stays = SegmentMembership.objects.filter(
        contact__in=rules.listed(moving.ids), left_at=None, segment__in=rows
    )
    counted = stays.order_by().values_list("segment").annotate(number=Count("contact"))
    found = dict(counted) if moving.ids else {}
    return {row.pk: moving.figure(found.get(row.pk, 0)) for row in rows}


def _gained(
    moving: _Moving | None,
    rows: list[Segment],
    at: dt.datetime,
    patience: rules.Patience,
) -> dict[int, Figure]:
    """A query for each class, until everybody is taken."""
    found = dict.fromkeys((row.pk for row in rows), UNKNOWN)
    if moving is None:
        return found
    left = set(moving.ids)
    for row in rows:
        try:
            with patience.share(0.5):
                taken = _taken(row, left, at)
        except rules.TookTooLong:
            continue
        except rules.BrokenRule:
            raise _Stuck(row) from None
        left -= taken
        found[row.pk] = moving.figure(len(taken))
    return found


def _taken(row: Segment, left: set[int], at: dt.datetime) -> set[int]:
    return set(rules.compile_rule(row.tree, at, among=left)) if left else set()
