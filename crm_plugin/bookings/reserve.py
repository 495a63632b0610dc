"""Book: check what was wished, take the places, write the booking."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints import references

from . import calendar, moments, places, slots
from .models import Booking, Resource, Service
from .refusals import NotBookable, SlotTaken

__all__ = ["ASPECT", "NotBookable", "SlotTaken", "book", "check"]

ASPECT = "bookings"


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
    point: ContactPoint | None = None,
) -> Booking:
    """Book *party* places from *starts_at*; the same *key* gives the same booking.

    Staff (*by*) may book at short notice, far ahead and for larger parties, within the
    places of a resource. *point* is the address that was given for it. Raises
    ``NotBookable`` and ``SlotTaken``.
    """
    known = Booking.objects.filter(key=key).first() if key else None
    if known:
        return known
    slot = check(service, starts_at, party=party, by=by)
    booking = Booking(
        reference=references.make("B"),
        contact=contact,
        point=point,
        service=service,
        starts_at=slot.starts_at,
        ends_at=slot.starts_at + service.stay,
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
        places.take(booking, among=slot.resources)
        booking.save(update_fields=["resource"])
        changes.note([contact.pk], ASPECT)
    return booking


def check(
    service: Service, starts_at: dt.datetime, *, party: int, by: Any = None
) -> slots.Slot:
    """The slot at *starts_at*, if *party* may book it. Raises ``NotBookable``."""
    if not service.active:
        raise NotBookable("retired")
    service.read_plan()
    slot = slots.find(service, starts_at)
    if by is None:
        _check_time(service, starts_at)
    if slot is None:
        raise NotBookable("no_slot")
    _check_party(service, slot.resources, party, by=by)
    return slot


def _check_time(service: Service, starts_at: dt.datetime) -> None:
    """What a visitor may not book: neither too late nor too early."""
    if starts_at <= timezone.now():
        raise NotBookable("past")
    if starts_at < calendar.soonest(service):
        raise NotBookable("soon")
    if moments.day_of(starts_at) > calendar.horizon(service):
        raise NotBookable("far")


def _check_party(
    service: Service, rooms: tuple[Resource, ...], party: int, *, by: Any
) -> None:
    largest = max(service.places_of(room) for room in rooms)
    smallest = 1
    if by is None:
        largest, smallest = min(largest, service.max_party), service.min_party
    if party < smallest:
        raise NotBookable("few")
    if party > largest:
        raise NotBookable("many")
