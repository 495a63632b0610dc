"""Refreshing memberships: all contacts, the changed ones, or on the clock."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import queue, rules

from . import graph, intervals, schemes
from .applying import (
    Overtaken,
    chosen,
    everybody,
    freeze,
    hold,
    members,
    no_sooner,
    portions,
    written_of_few,
)
from .intervals import Delta
from .merging import JOINED
from .models import Segment, SegmentRefresh

Kind = SegmentRefresh.Kind
WORK = "segment"
# What could not be refreshed, for a reason that may pass, is tried again.
LATER = dt.timedelta(hours=1)
logger = logging.getLogger(__name__)
# A new, merged or archived record may enter by what it has not, and what is gone took
# its stays along.
EVERY_RULE = frozenset({"fields", JOINED})


class ClassBroke(RuntimeError):
    """The rule of a class cannot be evaluated: no class of its scheme may change."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment.key)
        self.segment = segment


def refresh(
    segment: Segment, kind: str = Kind.FULL, *, at: dt.datetime | None = None
) -> SegmentRefresh:
    """Compare everybody with the rule as it is stored and write only the difference.

    A class of a scheme is refreshed with all others of it, to the same moment, so that
    everybody is in exactly one. Raises ``BrokenRule`` when a published rule cannot be
    evaluated any more; the members stay as they were. Raises ``Overtaken`` when there
    is no end to publishing: try again later.
    """
    at, started = at or timezone.now(), time.monotonic()
    try:
        done = everybody(segment.pk, at)
    except rules.BrokenRule:
        freeze(segment, at)
        raise
    told = [
        _record(row.pk, kind, at, delta, size=delta.size, started=started)
        for row, delta in done
        if row.pk == segment.pk or delta.entered or delta.left
    ]
    segment.refresh_from_db(fields=["size", "refreshed_at", "next_change_at"])
    return next(row for row in told if row.segment_id == segment.pk)


def refresh_contacts(contact_ids: Iterable[int], aspects: Iterable[str]) -> int:
    """Look again at contacts that changed; return how many stays were written.

    Only rules that rest on one of *aspects* are asked, and those that rest on such
    segments, in that order. The cost follows the number of contacts given. A scheme of
    which one class is frozen stands still, until all of it is refreshed wholly.
    """
    ids, aspects = sorted(set(contact_ids)), set(aspects)
    if not ids:
        return 0
    recounted = JOINED in aspects
    with rules.remembering(), transaction.atomic():
        affected = _affected(aspects)
        rows = _locked(affected)
        segments = [row for row in rows if row.pk in affected]
        if not segments:
            return 0
        at = no_sooner(timezone.now(), segments)
        inside = intervals.inside(ids)
        looked_at = {rules.few(among): set(among) for among in portions(ids)}

        def look_again(segment: Segment) -> int:
            return _refresh_changed(segment, looked_at, at, inside, recounted=recounted)

        while True:
            still = _standing_still(rows)
            moving = [row for row in segments if row.scheme_id not in still]
            try:
                with transaction.atomic():
                    written = sum(map(look_again, moving))
                break
            except ClassBroke as broke:
                # What rests on the classes before it was looked at too: begin again.
                freeze(broke.segment, at)
                broke.segment.frozen_at = at
        for scheme in {row.scheme_id for row in segments} & still.keys():
            start(still[scheme])
        return written


def _standing_still(rows: Iterable[Segment]) -> dict[int | None, Segment]:
    """``{scheme id: a class of it that is frozen}``: the others must wait for it."""
    return {row.scheme_id: row for row in rows if row.scheme_id and row.frozen_at}


def _in_order() -> tuple[list[Segment], dict[str, set[str]]]:
    """Every segment that has members, those first on which others rest, and on which."""
    segments = schemes.gather(Segment.objects.live().of_people())
    needs = graph.needs_of(segments)
    return graph.ordered(segments, needs), needs


def _affected(aspects: set[str]) -> set[int]:
    segments, needs = _in_order()
    found: dict[str, int] = {}
    for segment in segments:
        rests_on = rules.aspects(segment.tree) & aspects
        if rests_on or aspects & EVERY_RULE or needs[segment.key] & found.keys():
            found[segment.key] = segment.pk
    return set(found.values())


def _locked(ids: set[int]) -> list[Segment]:
    """Every segment as it is stored now: one published since is asked by its new rule.
    A full refresh of one of *ids* waits for us; on SQLite everybody does."""
    hold(ids)
    return _in_order()[0]


def _refresh_changed(
    segment: Segment,
    looked_at: Mapping[rules.Few, set[int]],
    at: dt.datetime,
    inside: Mapping[int, set[int]],
    *,
    recounted: bool,
) -> int:
    started, total = time.monotonic(), Delta()
    if segment.empty_rest:
        return 0
    if segment.frozen_at:
        # Who changed meanwhile was not looked at: it takes a whole refresh.
        start(segment)
        return 0
    for among, ids in looked_at.items():
        try:
            with transaction.atomic():
                contacts = chosen(segment, at, among)
                now = inside.get(segment.pk, set()) & ids
                total += written_of_few(segment, contacts, at, now)
        except rules.BrokenRule:
            if segment.scheme_id:
                raise ClassBroke(segment) from None
            freeze(segment, at)
            return 0
    size = segment.size + total.entered - total.left
    if recounted:
        size = members(segment.pk)
    # Told even when nobody moved: who refreshes everybody asks again whom it saw before.
    Segment.objects.filter(pk=segment.pk).update(
        size=max(size, 0), refreshed_at=at, next_change_at=_sooner(segment, at)
    )
    if total.entered or total.left:
        _record(segment.pk, Kind.CHANGES, at, total, size=size, started=started)
    return total.entered + total.left


def _sooner(segment: Segment, at: dt.datetime) -> dt.datetime | None:
    """When the clock is next asked: what changed may end before what was there."""
    moments = (segment.next_change_at, rules.next_change(segment.tree, at))
    return min((moment for moment in moments if moment), default=None)


def _record(
    segment_id: int,
    kind: str,
    at: dt.datetime,
    delta: Delta,
    *,
    size: int,
    started: float,
) -> SegmentRefresh:
    return SegmentRefresh.objects.create(
        segment_id=segment_id,
        kind=kind,
        at=at,
        milliseconds=round((time.monotonic() - started) * 1000),
        entered=delta.entered,
        left=delta.left,
        size=max(size, 0),
    )


def start(segment: Segment, *, by: Any = None) -> queue.Work:
    """Ask a worker for a full refresh."""
    return queue.start(WORK, str(segment.pk), by=by)


def bring_up_to_date(ids: Iterable[int]) -> None:
    """Refresh those of the segments *ids*, and of those on which they rest, that wait
    for a worker; whoever reads their members next reads those of the rule in force.

    One whose rule cannot be evaluated keeps its members. Raises ``Overtaken``.
    """
    waiting = queue.under_way(WORK)
    if not waiting:
        return
    segments, needs = _in_order()
    wanted, needed = set(ids), set()
    for segment in reversed(segments):
        if segment.pk in wanted or segment.key in needed:
            wanted.add(segment.pk)
            needed |= needs[segment.key]
    for segment in segments:
        if segment.pk in wanted and str(segment.pk) in waiting:
            with suppress(rules.BrokenRule):
                _tell(segment, refresh(segment))
                waiting = queue.under_way(WORK)


def _rests_on(segment: Segment) -> list[int]:
    rows = Segment.objects.filter(key__in=rules.segments_read(segment.tree))
    return list(rows.values_list("pk", flat=True))


@queue.handler(WORK)
def refresh_in_worker(work: queue.Work, until: float) -> bool:
    """Refresh one segment wholly, again if it was published meanwhile, then those
    that rest on it."""
    segment = Segment.objects.filter(pk=int(work.key)).first()
    if segment is None:
        return True
    try:
        bring_up_to_date(_rests_on(segment))
        done = refresh(segment)
    except rules.BrokenRule as error:
        work.advance(0, result={"problems": error.problems})
        return True
    except Overtaken:
        return False
    work.advance(1, total=1, result={"entered": done.entered, "left": done.left})
    _tell(segment, done)
    now = Segment.objects.filter(pk=segment.pk).values_list("last_published_at")
    return now.first() == (segment.last_published_at,)


def _tell(segment: Segment, done: SegmentRefresh) -> None:
    """Whoever reads its members looks again where they changed."""
    if done.entered or done.left:
        _start_dependents(segment)


def _start_dependents(segment: Segment) -> None:
    """Refresh whatever reads it; never what would only ask for it again, for ever."""
    keys = {row.key for row in schemes.together(segment)}
    rows = schemes.gather(Segment.objects.live().of_people())
    asking = [row for row in rows if keys & rules.segments_read(row.tree)]
    left_out = keys | graph.unsettled(segment, rows) if asking else keys
    for other in asking:
        if other.key not in left_out:
            start(other)


def start_who_ask(asks: Callable[[Any], bool]) -> None:
    """Refresh every segment in force of whose rule *asks* is true."""
    for segment in schemes.gather(Segment.objects.live().of_people()):
        if asks(segment.tree):
            start(segment)


@queue.chore("segments", every=300)
def refresh_by_clock() -> bool:
    """Refresh one segment whose answer may have changed with the days."""
    now = timezone.now()
    due = Segment.objects.live().filter(next_change_at__lte=now)
    segment = due.order_by("next_change_at").first()
    if segment is None:
        return False
    try:
        done = refresh(segment, Kind.CLOCK, at=now)
    except (rules.BrokenRule, Overtaken):
        return True
    except Exception as error:  # noqa: BLE001 - the next one must not wait for it
        logger.error("Segment %s waits: %s", segment.pk, queue.trace_of(error))
        Segment.objects.filter(pk=segment.pk).update(next_change_at=now + LATER)
        return True
    _tell(segment, done)
    return True
