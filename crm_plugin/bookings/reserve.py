"""Take places for a booking: a place is taken by a unique row, never by a counter."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db import IntegrityError, transaction

from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import references

from . import calendar
from .models import BookedTick, Booking, Resource, Service

ASPECT = "bookings"


class NotBookable(Exception):
    """No such slot, too soon, too far ahead, or too many people."""


class SlotTaken(Exception):
    """The places went to somebody else."""


def book(
    service: Service,
    starts_at: dt.datetime,
    *,
    party: int,
    contact: Contact,
    key: str | None,
    note: str = "",
    by: Any = None,
    unverified: bool = False,
    channel: str = "web",
) -> Booking:
    """Book *party* places from *starts_at*; the same *key* gives the same booking.

    Staff (*by*) may book at short notice and for larger parties, within the places of
    the resource. Raises ``NotBookable`` and ``SlotTaken``.
    """
    known = Booking.objects.filter(key=key).first() if key else None
    if known:
        return known
    _check(service, starts_at, party=party, by=by)
    booking = Booking(
        reference=references.make("B"),
        contact=contact,
        service=service,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=service.duration_minutes),
        party_size=party,
        note=note,
        channel=channel,
        unverified=unverified,
        key=key,
        created_by=by,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                booking.save(force_insert=True)
        except IntegrityError:
            if not key:
                raise
            return Booking.objects.get(key=key)
        take_places(booking)
        changes.note([contact.pk], ASPECT)
    return booking


def take_places(booking: Booking) -> None:
    """Insert the booking's quarter hours; raises ``SlotTaken``, changing nothing.

    Where the database can, bookings of one resource queue up at its row; the unique
    constraint on place and quarter hour holds in any case.
    """
    with transaction.atomic():
        resource = Resource.objects.select_for_update().get(
            pk=booking.service.resource_id
        )
        for _attempt in range(2):
            rows = _free_rows(booking, resource)
            try:
                with transaction.atomic():
                    BookedTick.objects.bulk_create(rows)
            except IntegrityError:
                continue
            return
        raise SlotTaken


def _check(service: Service, starts_at: dt.datetime, *, party: int, by: Any) -> None:
    day = starts_at.astimezone(calendar.zone()).date()
    if starts_at not in calendar.slots(service, day):
        raise NotBookable
    largest = service.resource.places
    if by is None:
        largest = min(largest, service.max_party)
        if not calendar.bookable(service, starts_at):
            raise NotBookable
    if not 1 <= party <= largest:
        raise NotBookable


def _free_rows(booking: Booking, resource: Resource) -> list[BookedTick]:
    """The lowest free places of each quarter hour, in the order of the unique key."""
    moments = calendar.ticks(booking.service, booking.starts_at)
    taken: dict[dt.datetime, set[int]] = defaultdict(set)
    rows = BookedTick.objects.filter(resource=resource, starts_at__in=moments)
    for moment, place in rows.values_list("starts_at", "place"):
        taken[moment].add(place)
    wanted = []
    for moment in moments:
        free = [n for n in range(1, resource.places + 1) if n not in taken[moment]]
        if len(free) < booking.party_size:
            raise SlotTaken
        wanted += [
            BookedTick(booking=booking, resource=resource, place=n, starts_at=moment)
            for n in free[: booking.party_size]
        ]
    return wanted
