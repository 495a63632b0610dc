"""Refreshing memberships: all contacts, the changed ones, or on the clock."""

import datetime as dt
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin import queue, rules

from . import graph, schemes
from .intervals import Delta, Overtaken, apply
from .models import Segment, SegmentRefresh

Kind = SegmentRefresh.Kind
WORK = "segment"
CHUNK = 2_000
# What could not be refreshed, for a reason that may pass, is tried again.
LATER = dt.timedelta(hours=1)
logger = logging.getLogger(__name__)
# A new, merged or archived record may enter by what it has not: look at every rule.
EVERY_RULE = frozenset({"fields"})


def refresh(
    segment: Segment, kind: str = Kind.FULL, *, at: dt.datetime | None = None
) -> SegmentRefresh:
    """Compare everybody with the rule and write only the difference.

    A class of a scheme is refreshed with all others of it, to the same moment, so that
    everybody is in exactly one. Raises ``BrokenRule`` when a published rule cannot be
    evaluated any more; the members stay as they were.
    """
    at, started = at or timezone.now(), time.monotonic()
    group = schemes.together(segment)
    try:
        deltas = _apply_undisturbed(group, at)
    except rules.BrokenRule:
        _freeze(segment, at)
        raise
    written = [
        _record(row.pk, kind, at, delta, size=delta.size, started=started)
        for row, delta in zip(group, deltas, strict=True)
        if row.pk == segment.pk or delta.entered or delta.left
    ]
    segment.refresh_from_db(fields=["size", "refreshed_at", "next_change_at"])
    return next(row for row in written if row.segment_id == segment.pk)


def _chosen(segment: Segment, at: dt.datetime) -> Any:
    """Whom the segment chooses at *at*; None for nobody."""
    if not segment.in_force or segment.empty_rest or segment.of_visits:
        return None
    try:
        return rules.compile_rule(segment.tree, at)
    except rules.BrokenRule:
        _freeze(segment, at)
        raise


def _freeze(segment: Segment, at: dt.datetime) -> None:
    """Remember since when the members stay as they are, which the dashboard tells, and
    try again once a day."""
    row = Segment.objects.filter(pk=segment.pk)
    row.filter(frozen_at=None).update(frozen_at=at)
    row.update(next_change_at=at + dt.timedelta(days=1))


def _apply_undisturbed(group: list[Segment], at: dt.datetime) -> list[Delta]:
    """Apply the rules; begin again when changes were worked in meanwhile."""
    chosen = [_chosen(segment, at) for segment in group]
    rows = Segment.objects.filter(pk__in=[segment.pk for segment in group])
    if connection.vendor == "postgresql":
        with transaction.atomic():
            list(rows.select_for_update().order_by("pk").values("pk"))
            deltas = [
                _apply(segment, contacts, at)
                for segment, contacts in zip(group, chosen, strict=True)
            ]
            _note_state(group, deltas, at)
            return deltas
    seen = rows.order_by("pk").values_list("pk", "refreshed_at")
    for _attempt in range(5):
        before = list(seen.all())

        def unchanged(before: list = before) -> bool:
            return list(seen.all()) == before

        try:
            deltas = [
                _apply(segment, contacts, at, still=unchanged)
                for segment, contacts in zip(group, chosen, strict=True)
            ]
        except Overtaken:
            continue
        _note_state(group, deltas, at)
        return deltas
    raise Overtaken


def _apply(segment: Segment, contacts: Any, at: dt.datetime, **how: Any) -> Delta:
    """Write who enters and who leaves; ``BrokenRule`` for what the database refuses."""
    with rules.evaluating(passing=Overtaken):
        return apply(segment.pk, contacts, at, **how)


def _note_state(group: list[Segment], deltas: list[Delta], at: dt.datetime) -> None:
    """How many are in each now, and when its answer may next change by the clock."""
    for segment, delta in zip(group, deltas, strict=True):
        in_force = segment.in_force and not segment.empty_rest
        next_change = rules.next_change(segment.tree, at) if in_force else None
        Segment.objects.filter(pk=segment.pk).update(
            size=delta.size,
            refreshed_at=at,
            next_change_at=next_change,
            frozen_at=None,
        )


def refresh_contacts(contact_ids: Iterable[int], aspects: Iterable[str]) -> int:
    """Look again at contacts that changed; return how many stays were written.

    Only rules that rest on one of *aspects* are asked, and those that rest on such
    segments, in that order. The cost follows the number of contacts given.
    """
    ids, aspects = sorted(set(contact_ids)), set(aspects)
    if not ids:
        return 0
    at = timezone.now()
    with rules.remembering():
        chosen = _affected(aspects)
        return sum(_refresh_changed(segment, ids, at) for segment in _locked(chosen))


def _affected(aspects: set[str]) -> list[Segment]:
    segments = schemes.gather(Segment.objects.live().of_people())
    needs = graph.needs_of(segments)
    chosen: dict[str, Segment] = {}
    for segment in graph.ordered(segments, needs):
        rests_on = rules.aspects(segment.tree) & aspects
        if rests_on or aspects & EVERY_RULE or needs[segment.key] & chosen.keys():
            chosen[segment.key] = segment
    return list(chosen.values())


def _locked(segments: list[Segment]) -> list[Segment]:
    """The same segments; on PostgreSQL a full refresh of one waits for us."""
    if connection.in_atomic_block and connection.vendor == "postgresql":
        keys = [segment.pk for segment in segments]
        rows = Segment.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        list(rows.values_list("pk", flat=True))
    return segments


def _refresh_changed(segment: Segment, ids: Sequence[int], at: dt.datetime) -> int:
    started, total = time.monotonic(), Delta()
    if segment.empty_rest:
        return 0
    if segment.frozen_at:
        # Who changed meanwhile was not looked at: it takes a whole refresh.
        start(segment)
        return 0
    for first in range(0, len(ids), CHUNK):
        among = ids[first : first + CHUNK]
        try:
            with transaction.atomic():
                contacts = rules.compile_rule(segment.tree, at, among=among)
                delta = _apply(segment, contacts, at, among=among)
        except rules.BrokenRule:
            _freeze(segment, at)
            return 0
        entered, left = total.entered + delta.entered, total.left + delta.left
        total = Delta(entered, left)
    Segment.objects.filter(pk=segment.pk).update(
        size=F("size") + total.entered - total.left, refreshed_at=at
    )
    if not total.entered and not total.left:
        return 0
    size = segment.size + total.entered - total.left
    _record(segment.pk, Kind.CHANGES, at, total, size=size, started=started)
    return total.entered + total.left


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


@queue.handler(WORK)
def refresh_in_worker(work: queue.Work, until: float) -> bool:
    """Refresh one segment wholly, again if it was published meanwhile, then those
    that rest on it."""
    segment = Segment.objects.filter(pk=int(work.key)).first()
    if segment is None:
        return True
    kind = work.result.get("kind", Kind.FULL)
    try:
        done = refresh(segment, kind)
    except rules.BrokenRule as error:
        work.advance(0, result={"problems": error.problems})
        return True
    work.advance(1, total=1, result={"entered": done.entered, "left": done.left})
    if done.entered or done.left:
        _start_dependents(segment)
    now = Segment.objects.filter(pk=segment.pk).values_list("last_published_at")
    return now.first() == (segment.last_published_at,)


def _start_dependents(segment: Segment) -> None:
    keys = {row.key for row in schemes.together(segment)}
    for other in schemes.gather(Segment.objects.live().of_people()):
        if other.key not in keys and keys & rules.segments_read(other.tree):
            start(other)


def start_who_ask(aspect: str) -> None:
    """Refresh every segment in force whose rule rests on *aspect*."""
    for segment in schemes.gather(Segment.objects.live().of_people()):
        if aspect in rules.aspects(segment.tree):
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
    except rules.BrokenRule:
        return True
    except Exception as error:  # noqa: BLE001 - the next one must not wait for it
        logger.error("Segment %s waits: %s", segment.pk, queue.trace_of(error))
        Segment.objects.filter(pk=segment.pk).update(next_change_at=now + LATER)
        return True
    if done.entered or done.left:
        _start_dependents(segment)
    return True
