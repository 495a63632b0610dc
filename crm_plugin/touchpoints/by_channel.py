"""Contact days of one contact channel by channel, theirs and ours side by side."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from .frequency import WINDOWS
from .models import Touchpoint
from .sources import channel_words

DaysByChannel = Callable[[Sequence[int], dt.datetime], Any]
THEIRS, OURS = 0, 1
_sources: list[DaysByChannel] = []


def channel_source(function: DaysByChannel) -> DaysByChannel:
    """Register ``fn(contact_ids, since) -> QuerySet`` of further days with a channel.

    The QuerySet yields three columns by ``values_list``: the day, the channel, and
    ``THEIRS`` or ``OURS``. It becomes part of one statement.
    """
    _sources.append(function)
    return function


@dataclass
class ChannelDays:
    """On how many days of the last 30, 90 and 365; and on how many we spoke first."""

    channel: str
    theirs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(WINDOWS, 0))
    ours: dict[int, int] = field(default_factory=lambda: dict.fromkeys(WINDOWS, 0))

    @property
    def label(self) -> str:
        return channel_words(self.channel)

    @property
    def figures(self) -> list[tuple[int, int]]:
        """(theirs, ours) of each window, the shortest first."""
        return [(self.theirs[days], self.ours[days]) for days in WINDOWS]


class Channels(list[ChannelDays]):
    """The channels in use, the liveliest first, and all of them taken as one."""

    together: ChannelDays


def of(*contact_ids: int) -> Channels:
    """The channels of the last 365 days, the liveliest first; one query.

    Several contacts are taken as one: a day counts once. A day on which somebody wrote
    and called counts for both channels, so that their sum may exceed the contact days.
    """
    if not contact_ids:
        return _counted([], timezone.localdate())
    zone = timezone.get_default_timezone()
    today = timezone.localdate(timezone=zone)
    first = today - dt.timedelta(days=WINDOWS[-1] - 1)
    since = dt.datetime.combine(first, dt.time.min, tzinfo=zone)
    rows = _touchpoints(contact_ids, since).union(
        *(source(contact_ids, since) for source in _sources)
    )
    return _counted(rows, today)


def _touchpoints(contact_ids: Sequence[int], since: dt.datetime) -> Any:
    ours = When(direction=Touchpoint.Direction.OUT, then=Value(OURS))
    rows = Touchpoint.objects.filter(
        contact_id__in=contact_ids, at__gte=since, machine=False
    ).exclude(kind=Touchpoint.Kind.NOTE)
    day = TruncDate("at", tzinfo=timezone.get_default_timezone())
    rows = rows.order_by().annotate(
        crm_day=day, crm_channel=F("channel"), crm_side=Case(ours, default=THEIRS)
    )
    return rows.values_list("crm_day", "crm_channel", "crm_side")


def _counted(rows: Iterable[tuple], today: dt.date) -> Channels:
    days: dict[str, tuple[set, set]] = defaultdict(lambda: (set(), set()))
    for day, channel, side in rows:
        days[channel][side].add(day)
    by_name = [_windows(name, *days[name], today) for name in sorted(days)]
    found = Channels(
        sorted(by_name, key=lambda row: (row.theirs[365], row.ours[365]), reverse=True)
    )
    theirs, ours = zip(*days.values(), strict=True) if days else ((), ())
    found.together = _windows("", set().union(*theirs), set().union(*ours), today)
    return found


def _windows(
    channel: str, theirs: set[dt.date], ours: set[dt.date], today: dt.date
) -> ChannelDays:
    row = ChannelDays(channel)
    for into, when in ((row.theirs, theirs), (row.ours, ours)):
        for window in WINDOWS:
            first = today - dt.timedelta(days=window - 1)
            into[window] = sum(first <= day <= today for day in when)
    return row
