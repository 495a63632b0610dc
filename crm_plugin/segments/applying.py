"""Everybody compared with a rule, while contacts change and rules are published."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from crm_plugin import rules

from . import intervals, schemes
from .intervals import Delta
from .models import Segment, SegmentMembership

CHUNK = 2_000
TRIES = 5
NEXT = dt.timedelta(microseconds=1)


class Overtaken(RuntimeError):
    """The rule was changed again and again while it was being applied."""


def chosen(
    segment: Segment,
    at: dt.datetime,
    among: Sequence[int] | rules.Few | None = None,
) -> Any:
    """Whom the segment chooses at *at*; None for nobody."""
    if not segment.in_force or segment.empty_rest or segment.of_visits:
        return None
    try:
        return rules.compile_rule(segment.tree, at, among=among)
    except rules.BrokenRule:
        freeze(segment, at)
        raise


def freeze(segment: Segment, at: dt.datetime) -> None:
    """Remember since when the members stay as they are, which the dashboard tells, and
    try again once a day."""
    row = Segment.objects.filter(pk=segment.pk)
    row.filter(frozen_at=None).update(frozen_at=at)
    row.update(next_change_at=at + dt.timedelta(days=1))


def written(segment: Segment, contacts: Any, at: dt.datetime, **how: Any) -> Delta:
    """Write who enters and who leaves; ``BrokenRule`` for what the database refuses."""
    with rules.evaluating(passing=Overtaken):
        return intervals.apply(segment.pk, contacts, at, **how)


def written_of_few(
    segment: Segment, contacts: Any, at: dt.datetime, now: set[int]
) -> Delta:
    """The same of those who changed, of whom *now* are in it."""
    with rules.evaluating():
        return intervals.apply_to_few(segment.pk, contacts, at, now)


def no_sooner(at: dt.datetime, segments: Iterable[Segment]) -> dt.datetime:
    """The moment at which to write: *at*, unless something was written since then.

    Whoever waited for another refresh, or whose clock is slow, comes after it, so that
    nobody leaves before having entered.
    """
    last = max((row.refreshed_at for row in segments if row.refreshed_at), default=at)
    return at if at >= last else last + NEXT


def everybody(segment_id: int, at: dt.datetime) -> list[tuple[Segment, Delta]]:
    """Apply the rules as they are stored; begin again when one changed meanwhile."""
    write = _at_once if connection.vendor == "postgresql" else _bit_by_bit
    for _attempt in range(TRIES):
        group = _stored(segment_id)
        found = [chosen(row, at) for row in group]
        with suppress(Overtaken):
            return list(zip(group, write(group, found, at), strict=True))
    raise Overtaken("The rule is being changed; try again later.")


def _stored(segment_id: int) -> list[Segment]:
    return schemes.together(Segment.objects.get(pk=segment_id))


def _now(group: list[Segment]) -> list[Segment]:
    """The same rows as they are by now; ``Overtaken`` where they choose otherwise."""
    now = _stored(group[0].pk)
    if _state(now) != _state(group) or not all(
        rules.alike(new.tree, row.tree) for new, row in zip(now, group, strict=True)
    ):
        raise Overtaken
    return now


def _state(group: list[Segment]) -> list[tuple]:
    return [(row.pk, row.in_force, row.frozen_at) for row in group]


def _at_once(group: list[Segment], found: list[Any], at: dt.datetime) -> list[Delta]:
    """On PostgreSQL: whoever works changes in waits for us, or we for them."""
    with transaction.atomic():
        hold(row.pk for row in group)
        moment = no_sooner(at, _now(group))
        deltas = [
            written(row, contacts, moment)
            for row, contacts in zip(group, found, strict=True)
        ]
        _note_state(group, [delta.size for delta in deltas], at, moment)
    return deltas


def hold(ids: Iterable[int]) -> None:
    rows = Segment.objects.select_for_update().filter(pk__in=list(ids))
    list(rows.order_by("pk").values("pk"))


def _bit_by_bit(group: list[Segment], found: list[Any], at: dt.datetime) -> list[Delta]:
    """On SQLite: nobody waits for us. Where changes were worked in meanwhile, those who
    are left are asked again in small portions, under the lock."""
    deltas, moment = [], no_sooner(at, group)
    for row, contacts in zip(group, found, strict=True):
        delta = written(row, contacts, moment, still=_nobody_wrote(group, row))
        for among in portions(delta.doubtful):
            time.sleep(intervals.BREATH)
            again = chosen(row, at, among)
            with transaction.atomic():
                moment = no_sooner(moment, _now(group))
                now = intervals.inside(among)[row.pk]
                delta += written_of_few(row, again, moment, now)
        deltas.append(delta)
    with transaction.atomic():
        moment = no_sooner(moment, _now(group))
        sizes = [members(row.pk) for row in group]
        _note_state(group, sizes, at, moment)
    return [
        replace(delta, size=size) for delta, size in zip(deltas, sizes, strict=True)
    ]


def _nobody_wrote(group: list[Segment], segment: Segment) -> Callable[[], bool]:
    def still() -> bool:
        now = {row.pk: row.refreshed_at for row in _now(group)}
        return now[segment.pk] == segment.refreshed_at

    return still


def members(segment_id: int) -> int:
    """How many are in it, counted."""
    return SegmentMembership.objects.filter(segment=segment_id, left_at=None).count()


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))


def _note_state(
    group: list[Segment], sizes: list[int], at: dt.datetime, moment: dt.datetime
) -> None:
    """How many are in each now, written at *moment*, and when its answer of *at* may
    next change by the clock."""
    for segment, size in zip(group, sizes, strict=True):
        in_force = segment.in_force and not segment.empty_rest
        next_change = rules.next_change(segment.tree, at) if in_force else None
        Segment.objects.filter(pk=segment.pk).update(
            size=size, refreshed_at=moment, next_change_at=next_change, frozen_at=None
        )
