"""What became of a booking: came, did not come, cancelled; each can be undone."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import changes

from . import places, thanks, waiting
from .models import Booking
from .refusals import AlreadyCancelled, SlotTaken
from .reserve import ASPECT

__all__ = ["AlreadyCancelled", "cancel", "came", "locked", "no_show", "undo_mark"]

MARKS = ("came_at", "no_show_at", "cancelled_at")
THANKS = ("thanks_at", "thanked_at")


def came(booking: Booking, *, by: Any) -> Booking:
    """She came: the booking is now a use."""
    return _mark(booking, "came_at", by=by)


def no_show(booking: Booking, *, by: Any) -> Booking:
    return _mark(booking, "no_show_at", by=by)


def cancel(booking: Booking, *, by: Any = None) -> Booking:
    """Cancel and give the places back at once; ``by=None``: the guest did it."""
    return _mark(booking, "cancelled_at", by=by)


def undo_mark(booking: Booking, *, by: Any) -> Booking:
    """Take the mark back; raises ``SlotTaken`` when a cancelled place is gone."""
    with transaction.atomic():
        booking = locked(booking)
        thanks.drop(booking)
        changed = dict.fromkeys(MARKS)
        if booking.cancelled_at:
            rooms = list(booking.service.resources.all())
            if not rooms:
                raise SlotTaken
            places.take(booking, among=rooms)
            _next_sequence(booking)
        _write(booking, changed, by=by)
    return booking


def _mark(booking: Booking, mark: str, *, by: Any) -> Booking:
    with transaction.atomic():
        booking = locked(booking)
        if getattr(booking, mark):
            return booking
        if booking.cancelled_at:
            raise AlreadyCancelled
        if mark == "cancelled_at":
            places.give_back(booking)
            _next_sequence(booking)
            waiting.place_freed(booking.resource, booking.starts_at)
        (thanks.plan if mark == "came_at" else thanks.drop)(booking)
        _write(booking, {**dict.fromkeys(MARKS), mark: timezone.now()}, by=by)
    return booking


def locked(booking: Booking) -> Booking:
    """The booking as it stands, ours until the transaction ends."""
    rows = Booking.objects.select_for_update(of=("self",))
    rows = rows.select_related("contact", "service", "resource", "point")
    return rows.get(pk=booking.pk)


def _next_sequence(booking: Booking) -> None:
    """The calendars that hold it are to hear of a change."""
    booking.sequence += 1


def _write(booking: Booking, values: dict[str, Any], *, by: Any) -> None:
    marked = [
        ("booking", booking.pk, name, getattr(booking, name), value)
        for name, value in values.items()
        if getattr(booking, name) != value
    ]
    for name, value in {**values, "marked_by": by}.items():
        setattr(booking, name, value)
    journal.record("mark", marked, by=by, summary=booking.reference)
    booking.save(update_fields=[*MARKS, *THANKS, "marked_by", "resource", "sequence"])
    changes.note([booking.contact_id], ASPECT)
