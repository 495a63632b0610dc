"""A day's and a week's picture: of one service for visitors, of the house for staff."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import calendar, holidays, moments, opening
from .models import Booking, Resource, Service

WEEK = dt.timedelta(days=7)
FREE, FEW, FULL, CLOSED, LATE, FAR = "free", "few", "full", "closed", "late", "far"


@dataclass(frozen=True)
class VisitorDay:
    """One day as a visitor sees it: its state, and the times for the party."""

    day: dt.date
    state: str
    times: list[calendar.Offer]
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether there is something to choose on it."""
        return self.state in (FREE, FEW)

    @property
    def sign(self) -> str:
        """What stands in the picture: ○ free, △ few, × full, – nothing."""
        return {FREE: "○", FEW: "△", FULL: "×"}.get(self.state, "–")

    @property
    def words(self) -> str:
        return {
            FREE: _("free"),
            FEW: _("few places left"),
            FULL: _("full"),
            CLOSED: pgettext("opening hours", "closed"),
            LATE: _("too late to book online"),
            FAR: _("cannot be booked yet"),
        }[self.state]


def days_of(day: dt.date) -> list[dt.date]:
    """The seven days of its week, from Monday on."""
    monday = day - dt.timedelta(days=day.weekday())
    return [monday + n * moments.DAY for n in range(7)]


def for_visitors(
    service: Service,
    days: Sequence[dt.date],
    *,
    party: int,
    without: Booking | None = None,
) -> list[VisitorDay]:
    """What a visitor is shown of *days*; one query."""
    found = calendar.offers(service, days, without=without)
    return [_visitor_day(service, day, found[day], party) for day in days]


def _visitor_day(
    service: Service, day: dt.date, found: list[calendar.Offer], party: int
) -> VisitorDay:
    times = calendar.open_offers(service, found, party=party)
    if times:
        few = all(offer.few for offer in times)
        return VisitorDay(day, FEW if few else FREE, times)
    if day > calendar.horizon(service):
        return VisitorDay(day, FAR, [])
    if not found:
        return VisitorDay(day, CLOSED, [], why=closed_why(service, day))
    if any(calendar.bookable(service, offer.starts_at) for offer in found):
        return VisitorDay(day, FULL, [])
    return VisitorDay(day, LATE, [])


def closed_why(service: Service, day: dt.date) -> str:
    """A holiday's name or the note of special days, where one closes the day."""
    reasons = [opening.of(room, day).why for room in service.resources.all()]
    return next((why for why in reasons if why), "")


@dataclass
class RoomDay:
    """One resource on one day for staff: when it is open, who comes."""

    resource: Resource | None
    day: dt.date
    hours: list[str] = field(default_factory=list)
    why: str = ""
    bookings: list[Booking] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(row.party_size for row in self.bookings if not row.cancelled_at)

    @property
    def closed(self) -> bool:
        return self.resource is not None and not self.hours


@dataclass(frozen=True)
class RoomWeek:
    """The seven days of one resource; None gathers what stands at none."""

    resource: Resource | None
    days: list[RoomDay]


def bookings_between(
    rows: QuerySet[Booking], first: dt.date, last: dt.date
) -> QuerySet[Booking]:
    """Of *rows*, those that begin on the site's days from *first* to *last*."""
    return (
        rows.filter(
            starts_at__gte=moments.midnight(first),
            starts_at__lt=moments.midnight(last + moments.DAY),
        )
        .select_related("contact", "service", "resource")
        .order_by("starts_at", "id")
    )


def for_staff(
    rooms: Iterable[Resource], bookings: Iterable[Booking], days: Sequence[dt.date]
) -> list[RoomWeek]:
    """The bookings by resource and day; asks nothing that was not prefetched."""
    by_place: dict[tuple[int | None, dt.date], list[Booking]] = defaultdict(list)
    for row in bookings:
        by_place[row.resource_id, moments.day_of(row.starts_at)].append(row)
    weeks = [
        RoomWeek(room, [_room_day(room, day, by_place) for day in days])
        for room in rooms
    ]
    elsewhere = [RoomDay(None, day, [], "", by_place[None, day]) for day in days]
    if any(each.bookings for each in elsewhere):
        weeks.append(RoomWeek(None, elsewhere))
    return weeks


def _room_day(
    room: Resource,
    day: dt.date,
    by_place: dict[tuple[int | None, dt.date], list[Booking]],
) -> RoomDay:
    plan = opening.of(room, day)
    hours = [f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in plan.spans]
    if plan.any_time:
        hours = [_("by the start times")]
    return RoomDay(room, day, hours, plan.why, by_place[room.pk, day])


def holiday(day: dt.date) -> str:
    return holidays.name_of(day)
