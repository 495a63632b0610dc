"""What is free: the plan's start times and the places left at each."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from . import moments
from .models import BookedTick, Booking, Resource, Service
from .slots import Slot, slots

# A quarter of the places or less: "few left".
FEW = 4
WINDOW_DAYS = 14


@dataclass(frozen=True)
class Offer:
    """A start time with what is left: in all, and for the largest party."""

    starts_at: dt.datetime
    left: int
    places: int
    most: int

    def fits(self, party: int) -> bool:
        return self.most >= party

    @property
    def few(self) -> bool:
        return self.left * FEW <= self.places

    @property
    def taken(self) -> int:
        return self.places - self.left

    @property
    def words(self) -> str:
        return moments.time_words(self.starts_at)

    @property
    def sentence(self) -> str:
        """Day and time, where the day is not said beside it."""
        day = moments.day_words(moments.day_of(self.starts_at))
        return f"{day} {self.words}"


@dataclass
class Taken:
    """How many places each quarter hour of some resources has taken; one query."""

    counts: dict[tuple[int, dt.datetime], dict[str, int]] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        services: Iterable[Service],
        first: dt.datetime,
        last: dt.datetime,
        *,
        without: Booking | None = None,
    ) -> "Taken":
        """Of all resources of *services*, from *first* on and before *last*.

        *without* leaves one booking out: where it may be moved to, it is not in the
        way of itself.
        """
        services = list(services)
        rooms = {room.pk for service in services for room in service.resources.all()}
        rows = BookedTick.objects.filter(
            resource__in=rooms, starts_at__gte=first, starts_at__lt=last
        )
        if without is not None:
            rows = rows.exclude(booking=without)
        capped: dict[str, Any] = {
            _name(service): Count("id", filter=Q(place__lte=service.capacity))
            for service in services
            if service.capacity
        }
        grouped: Any = rows.order_by().values("resource_id", "starts_at")
        return cls(
            {
                (row.pop("resource_id"), row.pop("starts_at")): row
                for row in grouped.annotate(all=Count("id"), **capped)
            }
        )

    def most_at(self, resource: Resource, covered: list[dt.datetime], name: str) -> int:
        found = (self.counts.get((resource.pk, moment), {}) for moment in covered)
        return max((row.get(name, 0) for row in found), default=0)

    def left(self, service: Service, room: Resource, starts_at: dt.datetime) -> int:
        """Free places for the whole stay and the pause after it."""
        covered = moments.ticks(starts_at, service.blocked)
        taken = self.most_at(room, covered, "all")
        if room.whole:
            return 0 if taken else service.places_of(room)
        left = room.places - taken
        if service.capacity:
            of_these = self.most_at(room, covered, _name(service))
            left = min(left, service.places_of(room) - of_these)
        return max(0, left)


def _name(service: Service) -> str:
    """The count that matters to *service*: places up to its capacity, else all."""
    return f"to_{service.capacity}" if service.capacity else "all"


def horizon(service: Service) -> dt.date:
    """The last day that a visitor may book."""
    return moments.today() + dt.timedelta(days=service.days_ahead)


def soonest(service: Service) -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=service.lead_hours)


def bookable(service: Service, starts_at: dt.datetime) -> bool:
    """Whether a visitor may still (or already) book this start time."""
    if not service.active or starts_at < soonest(service):
        return False
    return moments.day_of(starts_at) <= horizon(service)


def offers(
    service: Service,
    days: Sequence[dt.date],
    *,
    taken: Taken | None = None,
    without: Booking | None = None,
) -> dict[dt.date, list[Offer]]:
    """Every start time of these days with the places left, full ones too; one query."""
    service.read_plan()
    planned = {day: slots(service, day) for day in days}
    if taken is None:
        taken = taken_on([service], days, without=without)
    return {
        day: [_offer(service, slot, taken) for slot in found]
        for day, found in planned.items()
    }


def taken_on(
    services: Iterable[Service],
    days: Sequence[dt.date],
    *,
    without: Booking | None = None,
) -> Taken:
    """What is taken from the first of *days* until a day after the last."""
    if not days:
        return Taken()
    first = moments.midnight(min(days))
    last = moments.midnight(max(days) + 3 * moments.DAY)
    return Taken.load(services, first, last, without=without)


def _offer(service: Service, slot: Slot, taken: Taken) -> Offer:
    left = [taken.left(service, room, slot.starts_at) for room in slot.resources]
    places = sum(service.places_of(room) for room in slot.resources)
    return Offer(slot.starts_at, sum(left), places, max(left, default=0))


def open_offers(service: Service, found: Iterable[Offer], *, party: int) -> list[Offer]:
    """Those that a visitor may book for *party*."""
    return [
        offer
        for offer in found
        if offer.fits(party) and bookable(service, offer.starts_at)
    ]


def free_slots(
    service: Service, day: dt.date, *, party: int = 1, without: Booking | None = None
) -> list[Offer]:
    """Start times of *day* that a visitor may book for *party*; one query."""
    found = offers(service, [day], without=without)[day]
    return open_offers(service, found, party=party)


def bookable_days(service: Service) -> list[dt.date]:
    """Today and the days up to the horizon."""
    return [moments.today() + n * moments.DAY for n in range(service.days_ahead + 1)]


def free_days(service: Service, *, party: int = 1) -> list[dt.date]:
    """The days on which a visitor still finds a place for *party*; one query."""
    found = offers(service, bookable_days(service))
    return [
        day for day, some in found.items() if open_offers(service, some, party=party)
    ]


def next_free(
    service: Service, wanted: dt.datetime, *, party: int, limit: int = 6
) -> list[Offer]:
    """The free start times nearest to *wanted*, the nearest first.

    Of its day, then of the days around it; a window of days at a time, so that a
    service with much free does not compute a year.
    """
    center = moments.day_of(wanted)
    days = sorted(bookable_days(service), key=lambda day: (abs(day - center), day))
    for start in range(0, len(days), WINDOW_DAYS):
        window = days[start : start + WINDOW_DAYS]
        found = [
            offer
            for some in offers(service, window).values()
            for offer in open_offers(service, some, party=party)
        ]
        if found:
            found.sort(key=lambda offer: _distance(offer.starts_at, wanted))
            return found[:limit]
    return []


def _distance(moment: dt.datetime, wanted: dt.datetime) -> tuple[int, bool, float]:
    """Days first: the same evening later is nearer than another day at this hour.

    Of two days as far away the later one comes first.
    """
    days = (moments.day_of(moment) - moments.day_of(wanted)).days
    return abs(days), days < 0, abs((moment - wanted).total_seconds())
