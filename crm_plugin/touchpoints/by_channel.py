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


def of(*contact_ids: int) -> list[ChannelDays]:
    """The channels of the last 365 days, the liveliest first; one query.

    Several contacts are taken as one: a day counts once. A day on which somebody wrote
    and called counts for both channels, so that their sum may exceed the contact days.
    """
    if not contact_ids:
        return []
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


def _counted(rows: Iterable[tuple], today: dt.date) -> list[ChannelDays]:
    found: dict[str, ChannelDays] = {}
    days: dict[tuple, set[dt.date]] = defaultdict(set)
    for day, channel, side in rows:
        days[channel, side].add(day)
    for (channel, side), when in days.items():
        row = found.setdefault(channel, ChannelDays(channel))
        into = row.ours if side == OURS else row.theirs
        for window in WINDOWS:
            first = today - dt.timedelta(days=window - 1)
            into[window] = sum(first <= day <= today for day in when)
    liveliest = sorted(found.values(), key=lambda row: row.channel)
    return sorted(
        liveliest, key=lambda row: (row.theirs[365], row.ours[365]), reverse=True
    )
