"""What became of a booking: came, did not come, cancelled; each can be undone."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin.contacts import changes

from .models import Booking
from .reserve import ASPECT, take_places

MARKS = ("came_at", "no_show_at", "cancelled_at")


class AlreadyCancelled(Exception):
    """A cancelled booking has no place any more: undo the cancelling first."""


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
        booking = _locked(booking)
        if booking.cancelled_at:
            take_places(booking)
        _write(booking, dict.fromkeys(MARKS), by=by)
    return booking


def _mark(booking: Booking, mark: str, *, by: Any) -> Booking:
    with transaction.atomic():
        booking = _locked(booking)
        if getattr(booking, mark):
            return booking
        if booking.cancelled_at:
            raise AlreadyCancelled
        if mark == "cancelled_at":
            booking.ticks.all().delete()
        _write(booking, {**dict.fromkeys(MARKS), mark: timezone.now()}, by=by)
    return booking


def _locked(booking: Booking) -> Booking:
    rows = Booking.objects.select_for_update(of=("self",))
    return rows.select_related("contact", "service").get(pk=booking.pk)


def _write(booking: Booking, values: dict[str, Any], *, by: Any) -> None:
    for name, value in {**values, "marked_by": by}.items():
        setattr(booking, name, value)
    booking.save(update_fields=[*MARKS, "marked_by"])
    changes.note([booking.contact_id], ASPECT)
