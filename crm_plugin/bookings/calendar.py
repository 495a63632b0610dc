"""What is free: fixed weekly slots of the site's days, and the places left."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .models import GRAIN_MINUTES, BookedTick, Resource, Service

GRAIN = dt.timedelta(minutes=GRAIN_MINUTES)


def zone() -> dt.tzinfo:
    """Days and opening times are the site's, wherever the reader is."""
    return timezone.get_default_timezone()


def in_words(moment: dt.datetime) -> str:
    """A start time as a guest reads it, with its weekday, on the site's clock."""
    local = moment.astimezone(zone())
    return _("%(day)s (%(weekday)s), %(time)s") % {
        "day": date_format(local, "DATE_FORMAT"),
        "weekday": date_format(local, "D"),
        "time": date_format(local, "TIME_FORMAT"),
    }


def ticks(service: Service, starts_at: dt.datetime) -> list[dt.datetime]:
    """The quarter hours that a booking from *starts_at* covers, in UTC."""
    ends_at = starts_at + dt.timedelta(minutes=service.duration_minutes)
    moment = starts_at.astimezone(dt.UTC).replace(second=0, microsecond=0)
    moment -= dt.timedelta(minutes=moment.minute % GRAIN_MINUTES)
    covered = []
    while moment < ends_at:
        covered.append(moment)
        moment += GRAIN
    return covered


def slots(service: Service, day: dt.date) -> list[dt.datetime]:
    """The start times that the weekly plan holds for one of the site's days."""
    planned = [(slot.weekday, slot.starts) for slot in service.slots.all()]
    return _starts(planned, day)


def _starts(planned: list[tuple[int, dt.time]], day: dt.date) -> list[dt.datetime]:
    return sorted(
        dt.datetime.combine(day, starts, tzinfo=zone())
        for weekday, starts in planned
        if weekday == day.weekday()
    )


def bookable(service: Service, starts_at: dt.datetime) -> bool:
    """Whether a visitor may still (or already) book this start time."""
    now = timezone.now()
    last_day = now.astimezone(zone()).date() + dt.timedelta(days=service.days_ahead)
    soonest = now + dt.timedelta(hours=service.lead_hours)
    day = starts_at.astimezone(zone()).date()
    return service.active and starts_at >= soonest and day <= last_day


def free_slots(
    service: Service, day: dt.date, *, party: int = 1
) -> list[tuple[dt.datetime, int]]:
    """Start times of *day* that a visitor may book for *party*, with free places."""
    starts = [start for start in slots(service, day) if bookable(service, start)]
    return [(start, n) for start, n in places_left(service, starts) if n >= party]


def free_days(service: Service, *, party: int = 1) -> list[dt.date]:
    """The days on which a visitor still finds a place for *party*; two queries."""
    today = timezone.localdate(timezone=zone())
    days = [today + dt.timedelta(days=n) for n in range(service.days_ahead + 1)]
    planned = [(slot.weekday, slot.starts) for slot in service.slots.all()]
    starts = [
        start
        for day in days
        for start in _starts(planned, day)
        if bookable(service, start)
    ]
    left = places_left(service, starts)
    return sorted({start.astimezone(zone()).date() for start, n in left if n >= party})


def places_left(
    service: Service, starts: Iterable[dt.datetime]
) -> list[tuple[dt.datetime, int]]:
    """Free places for the whole stay from each of these start times; one query."""
    stays = [(start, ticks(service, start)) for start in starts]
    if not stays:
        return []
    moments = [moment for _start, covered in stays for moment in covered]
    taken = taken_places(service.resource, min(moments), max(moments))
    places = service.resource.places
    return [
        (start, max(0, places - max(taken[moment] for moment in covered)))
        for start, covered in stays
    ]


def taken_places(
    resource: Resource, first: dt.datetime, last: dt.datetime
) -> Counter[dt.datetime]:
    """How many places each quarter hour from *first* to *last* has taken."""
    rows = BookedTick.objects.filter(
        resource=resource, starts_at__gte=first, starts_at__lte=last
    )
    return Counter(rows.values_list("starts_at", flat=True))
