"""Reminders by the worker: once for each booking and time, so many hours before."""

import datetime as dt

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from crm_plugin import queue

from . import mails
from .models import Booking, Service

PORTION = 50


def due(hours: int) -> QuerySet[Booking]:
    """The standing bookings whose reminder is to go out *hours* before.

    Who booked or moved later than that knows it still, and is not reminded.
    """
    ahead = dt.timedelta(hours=hours)
    now = timezone.now()
    rows = Booking.objects.standing().filter(
        service__remind_hours=hours,
        reminded_at=None,
        starts_at__gt=now,
        starts_at__lte=now + ahead,
        created_at__lte=F("starts_at") - ahead,
    )
    early = Q(moved_at=None) | Q(moved_at__lte=F("starts_at") - ahead)
    return rows.filter(early).order_by("starts_at", "id")


def remind(booking: Booking) -> bool:
    """Write to the guest unless that was done already; false where it was."""
    with transaction.atomic():
        rows = Booking.objects.standing().filter(
            pk=booking.pk, reminded_at=None, starts_at=booking.starts_at
        )
        if not rows.update(reminded_at=timezone.now()):
            return False
        mails.tell(booking, mails.REMINDER)
    return True


@queue.chore("booking-reminders", every=300)
def remind_due() -> bool:
    """A portion of what is due; true while there may be more."""
    hours = Service.objects.exclude(remind_hours=None).values_list("remind_hours")
    more = False
    for (before,) in hours.order_by("remind_hours").distinct():
        rows = due(before or 0).select_related("contact", "service", "point")[:PORTION]
        for booking in rows:
            remind(booking)
        more = more or len(rows) == PORTION
    return more
