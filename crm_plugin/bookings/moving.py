"""Move a booking: take the new places and free the old ones, both or neither."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import changes

from . import places, waiting
from .marks import locked
from .models import Booking
from .refusals import AlreadyCancelled, NotBookable
from .reserve import ASPECT, check

TOLD = ("starts_at", "party_size", "note", "resource_id")


def move(
    booking: Booking,
    starts_at: dt.datetime,
    *,
    party: int | None = None,
    note: str | None = None,
    by: Any = None,
) -> Booking:
    """Put it at another time, for another number of people; ``by=None``: the guest.

    Where nothing differs, nothing happens. Raises ``SlotTaken``, ``NotBookable`` and
    ``AlreadyCancelled``; the booking then stands as it stood.
    """
    with transaction.atomic():
        booking = locked(booking)
        before = {name: getattr(booking, name) for name in TOLD}
        wanted: dict[str, Any] = {
            "starts_at": starts_at.astimezone(dt.UTC),
            "party_size": booking.party_size if party is None else party,
            "note": booking.note if note is None else note,
        }
        room = booking.resource
        may_change(booking, by=by)
        if all(before[name] == value for name, value in wanted.items()):
            return booking
        if any(before[name] != wanted[name] for name in ("starts_at", "party_size")):
            _put(booking, wanted["starts_at"], wanted["party_size"], by=by)
            waiting.place_freed(room, before["starts_at"])
        booking.note = wanted["note"]
        booking.save()
        _record(booking, before, by=by)
        changes.note([booking.contact_id], ASPECT)
    return booking


def may_change(booking: Booking, *, by: Any = None) -> None:
    """Raises ``AlreadyCancelled`` or ``NotBookable`` when it may not be moved."""
    if booking.cancelled_at:
        raise AlreadyCancelled
    if booking.came_at or booking.no_show_at:
        raise NotBookable("over")
    if by is not None:
        return
    if booking.starts_at <= timezone.now():
        raise NotBookable("over")
    until = booking.change_until
    if until is None or until < timezone.now():
        raise NotBookable("late")


def _put(booking: Booking, starts_at: dt.datetime, party: int, *, by: Any) -> None:
    """Free the old places, take the new ones; calendars and reminders hear of it."""
    slot = check(booking.service, starts_at, party=party, by=by)
    rooms = {room.pk for room in slot.resources} | {booking.resource_id or 0}
    places.lock(rooms)
    places.give_back(booking)
    booking.starts_at = slot.starts_at
    booking.ends_at = slot.starts_at + booking.service.stay
    booking.party_size = party
    places.take(booking, among=slot.resources)
    booking.sequence += 1
    booking.moved_at, booking.reminded_at = timezone.now(), None


def _record(booking: Booking, before: dict[str, Any], *, by: Any) -> None:
    now = {name: getattr(booking, name) for name in TOLD}
    entries = [
        ("booking", booking.pk, name.removesuffix("_id"), before[name], value)
        for name, value in now.items()
        if before[name] != value
    ]
    journal.record("booking_moved", entries, by=by, summary=str(booking))
