"""Refreshing memberships: all contacts, the changed ones, or on the clock."""

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin import queue, rules

from . import graph
from .intervals import Delta, Overtaken, apply
from .models import Segment, SegmentRefresh

Kind = SegmentRefresh.Kind
WORK = "segment"
CHUNK = 2_000
# A new, merged or archived record may enter by what it has not: look at every rule.
EVERY_RULE = frozenset({"fields"})


def refresh(
    segment: Segment, kind: str = Kind.FULL, *, at: dt.datetime | None = None
) -> SegmentRefresh:
    """Compare everybody with the rule and write only the difference.

    Raises ``BrokenRule`` when the published rule cannot be evaluated any more; the
    members stay as they were.
    """
    at, started = at or timezone.now(), time.monotonic()
    contacts = rules.compile_rule(segment.rule, at) if segment.in_force else None
    delta = _apply_undisturbed(segment, contacts, at)
    next_change = rules.next_change(segment.rule, at) if segment.in_force else None
    Segment.objects.filter(pk=segment.pk).update(
        size=delta.size, refreshed_at=at, next_change_at=next_change
    )
    segment.size, segment.refreshed_at = delta.size, at
    segment.next_change_at = next_change
    return _record(segment.pk, kind, at, delta, size=delta.size, started=started)


def _apply_undisturbed(segment: Segment, contacts: Any, at: dt.datetime) -> Delta:
    """Apply the rule; begin again when changes were worked in meanwhile."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            Segment.objects.select_for_update().get(pk=segment.pk)
            return apply(segment.pk, contacts, at)
    for _attempt in range(5):
        row = Segment.objects.filter(pk=segment.pk)
        seen = row.values_list("refreshed_at", flat=True).first()
        unchanged = row.filter(refreshed_at=seen)
        try:
            return apply(segment.pk, contacts, at, still=unchanged.exists)
        except Overtaken:
            continue
    raise Overtaken


def refresh_contacts(contact_ids: Iterable[int], aspects: Iterable[str]) -> int:
    """Look again at contacts that changed; return how many stays were written.

    Only rules that rest on one of *aspects* are asked, and those that rest on such
    segments, in that order. The cost follows the number of contacts given.
    """
    ids, aspects = sorted(set(contact_ids)), set(aspects)
    if not ids:
        return 0
    with rules.remembering():
        chosen = _affected(aspects)
        return sum(_refresh_changed(segment, ids) for segment in _locked(chosen))


def _affected(aspects: set[str]) -> list[Segment]:
    segments = list(Segment.objects.live())
    needs = graph.needs_of(segments)
    chosen: dict[str, Segment] = {}
    for segment in graph.ordered(segments, needs):
        rests_on = rules.aspects(segment.rule) & aspects
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


def _refresh_changed(segment: Segment, ids: Sequence[int]) -> int:
    at, started, total = timezone.now(), time.monotonic(), Delta()
    in_transaction = connection.in_atomic_block
    for start in range(0, len(ids), CHUNK):
        among = ids[start : start + CHUNK]
        try:
            contacts = rules.compile_rule(segment.rule, at, among=among)
        except rules.BrokenRule:
            return 0
        with nullcontext() if in_transaction else transaction.atomic():
            delta = apply(segment.pk, contacts, at, among=among)
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
    for other in Segment.objects.live().exclude(pk=segment.pk):
        if segment.key in rules.segments_read(other.rule):
            start(other)


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
        tomorrow = now + dt.timedelta(days=1)
        Segment.objects.filter(pk=segment.pk).update(next_change_at=tomorrow)
        return True
    if done.entered or done.left:
        _start_dependents(segment)
    return True
