"""A person's word on the thanks after a visit: hold them back, let them go again."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal

from . import thanks
from .marks import locked
from .models import Booking

HELD = "thanks_held_at"


class Gone(Exception):
    """The thanks left already, or are leaving."""


def hold(booking: Booking, *, by: Any) -> Booking:
    """No thanks for this visit, until ``let_go``. Raises ``Gone``."""
    with transaction.atomic():
        booking = locked(booking)
        if booking.thanks_held_at:
            return booking
        if booking.thanked_at and not thanks.take_back(booking):
            raise Gone
        booking.thanked_at = None
        return _write(booking, timezone.now(), by=by)


def let_go(booking: Booking, *, by: Any) -> Booking:
    """They may go out after all, as if it were marked now."""
    with transaction.atomic():
        booking = locked(booking)
        if not booking.thanks_held_at:
            return booking
        if booking.came_at:
            thanks.plan(booking)
        return _write(booking, None, by=by)


def _write(booking: Booking, at: dt.datetime | None, *, by: Any) -> Booking:
    told = [("booking", booking.pk, HELD, booking.thanks_held_at, at)]
    journal.record("mark", told, by=by, summary=booking.reference)
    booking.thanks_held_at = at
    booking.save(update_fields=[HELD, "thanks_at", "thanked_at"])
    return booking
