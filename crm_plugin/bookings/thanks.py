"""Thanks by the worker: once for an attended booking, so many hours after it.

It thanks, asks how it was and leads to book again: advertising, by law and for whoever
gets it. So it is bound to a topic and asks every gate that a campaign asks.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery import gates, outbox
from crm_plugin.delivery.models import Delivery
from crm_plugin.delivery.post import post

from . import mails, moments, thanks_leads
from .messages import THANKS, WISH
from .models import Booking, Service

PORTION = 50
# So long a mark can be corrected before anything leaves.
GRACE = dt.timedelta(minutes=30)
# Nobody is thanked for what is so much longer ago than the service says.
LATE = dt.timedelta(days=7)


def planned_for(booking: Booking, *, marked_at: dt.datetime) -> dt.datetime | None:
    """When the thanks leave if it is marked as came at *marked_at*; None: never."""
    hours = booking.service.thanks_hours
    if hours is None:
        return None
    wanted = booking.ends_at + dt.timedelta(hours=hours)
    if marked_at - wanted > LATE:
        return None
    return max(wanted, marked_at + GRACE)


def plan(booking: Booking) -> None:
    """She came: say when; whoever calls has it locked and saves it."""
    if booking.thanked_at is None:
        booking.thanks_at = planned_for(booking, marked_at=timezone.now())


def drop(booking: Booking) -> None:
    """She did not come after all; whoever calls has it locked and saves it."""
    booking.thanks_at = None
    if take_back(booking):
        booking.thanked_at = None


def take_back(booking: Booking) -> bool:
    """Keep its message from leaving; false where there is none, or it left.

    Not the one that thanks for another visit of that day as well.
    """
    if booking.thanks_id is None:
        return False
    shared = Booking.objects.attended().filter(thanks=booking.thanks_id)
    if shared.exclude(pk=booking.pk).exists():
        return False
    return outbox.take_back(booking.thanks_id)


def due() -> QuerySet[Booking]:
    """Whose thanks are to go out: not what a worker, or a backup, slept through."""
    now = timezone.now()
    return (
        Booking.objects.attended()
        .filter(
            thanks_at__lte=now,
            thanks_at__gt=now - LATE,
            thanked_at=None,
            thanks_held_at=None,
            service__thanks_hours__isnull=False,
            service__thanks_topic__active=True,
        )
        .order_by("thanks_at", "id")
    )


def thank(booking: Booking) -> bool:
    """Write to the guest unless that was done already; false where it was.

    A party that booked twice for one day is thanked once.
    """
    point = mails.address_for(booking)
    with transaction.atomic():
        people = _hold(booking, point)
        rows = due().select_for_update(of=("self",)).filter(pk=booking.pk)
        if not rows.values_list("pk", flat=True):
            return False
        message = None
        if point is not None:
            message = _of_that_day(booking, people) or _write(booking, point)
        Booking.objects.filter(pk=booking.pk).update(
            thanked_at=timezone.now(), thanks=message
        )
    return True


def _hold(booking: Booking, point: ContactPoint | None) -> list[int]:
    """Everybody at the address, one worker at a time."""
    same = Q(pk=booking.contact_id)
    if point is not None:
        at = ContactPoint.objects.filter(kind=point.kind, value_norm=point.value_norm)
        same |= Q(pk__in=at.values("contact_id"))
    rows = Contact.objects.select_for_update().filter(same).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _of_that_day(booking: Booking, people: list[int]) -> Delivery | None:
    """The message for another visit of theirs on the same of the site's days."""
    day = moments.day_of(booking.starts_at)
    others = Booking.objects.filter(
        contact__in=people,
        starts_at__gte=moments.midnight(day),
        starts_at__lt=moments.midnight(day + moments.DAY),
        thanked_at__isnull=False,
        thanks__isnull=False,
    )
    found = others.exclude(pk=booking.pk).select_related("thanks").order_by("pk")
    first = found.first()
    return first.thanks if first else None


def _write(booking: Booking, point: ContactPoint) -> Delivery:
    language = booking.contact.language or settings.LANGUAGE_CODE
    said = mails.context_of(booking, language)
    # What was taken back before it left is followed by another one.
    again = f":{booking.thanks_id}" if booking.thanks_id else ""
    return post(
        THANKS,
        contact=booking.contact,
        address=point.value,
        point=point,
        context={name: said[name] for name in WISH},
        leads=thanks_leads.of(booking.service, language),
        key=f"{THANKS}:{booking.pk}{again}",
        language=language,
        marketing=True,
        topic=booking.service.thanks_topic,
    )


def has_topic(service: Service) -> bool:
    """Whether people can still agree to what the thanks belong to."""
    return service.thanks_topic is not None and service.thanks_topic.active


def hindrance(booking: Booking) -> str:
    """The reason for which the guest would get nothing now; "" when there is none."""
    point, topic = mails.address_for(booking), booking.service.thanks_topic
    if point is None:
        return Delivery.Reason.NO_ADDRESS
    return gates.hold_for(point, topic) if topic else Delivery.Reason.NO_CONSENT


@queue.chore("booking-thanks", every=300)
def thank_due() -> bool:
    """A portion of what is due; true while there may be more."""
    joined = ("contact", "service__thanks_topic", "point")
    rows = list(due().select_related(*joined)[:PORTION])
    for booking in rows:
        thank(booking)
    return len(rows) == PORTION
