"""Segments on past days: from their stays, and recomputed for days before these.

From its first refresh on, a segment's stays say who was in it. For earlier days its rule
is asked as of the day, where every condition rests on dated data; such figures are kept
apart from what was recorded and marked wherever they are shown.
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from crm_plugin import queue, rules

from . import schemes
from .models import Segment, SegmentMembership, SegmentPastCount, SegmentRefresh

WORK = "segment_history"
MONTHS = (12, 24, 36)
MOST = max(MONTHS)


@dataclass(frozen=True)
class Count:
    """How many at the end of a day; None where it cannot be told."""

    on: dt.date
    size: int | None
    recomputed: bool = False


def first_day(segment: Segment) -> dt.date | None:
    """From which day on its stays say who was in it."""
    rows = SegmentRefresh.objects.filter(segment=segment).order_by("at")
    first = rows.values_list("at", flat=True).first()
    return None if first is None else rules.periods.today(first)


def is_recorded(segment: Segment, day: dt.date) -> bool:
    first = first_day(segment)
    return first is not None and day >= first


def stays_on(segment: Segment, day: dt.date) -> QuerySet[SegmentMembership]:
    """The stays that lasted at the end of *day*, as they were recorded."""
    at = rules.end_of(day)
    still = Q(left_at=None) | Q(left_at__gt=at)
    return SegmentMembership.objects.filter(still, segment=segment, entered_at__lte=at)


def contacts_on(segment: Segment, day: dt.date) -> QuerySet:
    """The ids of whom its rule would have chosen at the end of *day*.

    Raises ``rules.Undated`` where a condition cannot be asked about that day, and
    ``rules.BrokenRule`` for a rule that cannot be asked at all.
    """
    found = rules.compile_as_of(segment.tree, day) if not segment.empty_rest else None
    return rules.everyone().none().values_list("pk") if found is None else found


def month_ends(months: int) -> list[dt.date]:
    """The last days of the latest *months* that are over, the earliest first."""
    day = rules.periods.today(timezone.now()).replace(day=1)
    found = []
    for _number in range(months):
        day -= dt.timedelta(days=1)
        found.append(day)
        day = day.replace(day=1)
    return found[::-1]


def blamed(segment: Segment) -> list[rules.PastLine]:
    """The conditions of its rule that cannot be asked about any past day."""
    return [line for line in rules.past_lines(segment.tree) if not line.dated]


def start_history(segment: Segment, months: int, *, by: Any = None) -> queue.Work:
    """Ask a worker for the number of members at the end of each of the past months."""
    return queue.start(WORK, str(segment.pk), total=months, by=by)


def work_of(segment: Segment) -> queue.Work | None:
    """The filling that waits or runs."""
    rows = queue.Work.objects.filter(kind=WORK, key=str(segment.pk))
    return rows.filter(state__in=queue.Work.OPEN).first()


@queue.handler(WORK)
def fill_in_worker(work: queue.Work, until: float) -> bool:
    """Recompute one month after the other; each is one query."""
    segment = Segment.objects.filter(pk=int(work.key)).first()
    if segment is None:
        return True
    days = month_ends(work.total)
    while work.position < len(days):
        try:
            fill(segment, days[work.position])
        except rules.BrokenRule as error:
            work.advance(work.total, result={"problems": error.problems})
            return True
        work.advance(work.position + 1)
        if time.monotonic() >= until:
            break
    return work.position >= len(days)


def fill(segment: Segment, day: dt.date) -> int | None:
    """Recompute the number of members on *day*; None where the data does not tell.

    A day on which the stays say it is left alone: what was recorded is not replaced.
    """
    rows = SegmentPastCount.objects.filter(segment=segment, on=day)
    try:
        size = None
        if not is_recorded(segment, day):
            size = contacts_on(segment, day).count()
    except rules.Undated:
        size = None
    if size is None:
        rows.delete()
        return None
    SegmentPastCount.objects.update_or_create(
        segment=segment,
        on=day,
        defaults={"size": size, "computed_at": timezone.now()},
    )
    return size


def history(segment: Segment, months: int = MOST) -> list[Count]:
    """What is known of the ends of the past months: recorded, or recomputed.

    Begins with the first month of which anything is known. What was recomputed by an
    earlier rule is left out. Four queries, whatever the number of members.
    """
    days = month_ends(months)
    recomputed = _recomputed(segment)
    recorded = _recorded(segment, days)
    found = [
        Count(day, recorded[day])
        if day in recorded
        else Count(day, recomputed.get(day), recomputed=True)
        for day in days
    ]
    known = [place for place, count in enumerate(found) if count.size is not None]
    return found[known[0] :] if known else []


def _recomputed(segment: Segment) -> dict[dt.date, int]:
    published = [row.last_published_at for row in schemes.together(segment)]
    since = max((moment for moment in published if moment), default=None)
    rows = SegmentPastCount.objects.filter(segment=segment)
    if since is not None:
        rows = rows.filter(computed_at__gte=since)
    return dict(rows.values_list("on", "size"))


def _recorded(segment: Segment, days: list[dt.date]) -> dict[dt.date, int]:
    """The size that the last refresh up to the end of each day left behind."""
    rows = SegmentRefresh.objects.filter(
        segment=segment, at__lte=rules.end_of(days[-1])
    )
    zone = timezone.get_default_timezone()
    months = rows.order_by().values(month=TruncMonth("at", tzinfo=zone))
    latest = months.annotate(latest=Max("at")).values("latest")
    sizes = rows.filter(at__in=latest).order_by("at", "pk").values_list("at", "size")
    return dict(_carried(list(sizes), days))


def _carried(
    sizes: list[tuple[dt.datetime, int]], days: list[dt.date]
) -> Iterator[tuple[dt.date, int]]:
    """The size of a month without a refresh is that of the month before."""
    for day in days:
        end = rules.end_of(day)
        known = [size for at, size in sizes if at <= end]
        if known:
            yield day, known[-1]
