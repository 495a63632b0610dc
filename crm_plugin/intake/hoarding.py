"""Somebody who books and books: what is more than anybody comes to waits for a look.

A booking holds its places at once, before the address is confirmed. Nobody may fill the
house from one address.
"""

from typing import Any

from django.utils import timezone

from crm_plugin import normalise
from crm_plugin.bookings.models import Booking, WaitingEntry
from crm_plugin.contacts.models import ContactPoint

from .models import Submission
from .submissions import typed

MANY_BOOKINGS = "many_bookings"
# So many bookings and places on a waiting list may stand ahead that nobody confirmed.
MOST = 5


def suspicion(kind: str, answers: list[dict[str, Any]]) -> str:
    """Why a booking with these *answers* waits for a person's look, or "".

    For one that does not come from the address's own verified browser; two queries.
    """
    if kind != Submission.Kind.BOOKING:
        return ""
    address = normalise.email(typed(answers, "point.email"))
    phone = normalise.phone(typed(answers, "point.phone"))
    point_kind = ContactPoint.Kind.EMAIL if address else ContactPoint.Kind.PHONE
    norm = address or phone
    if not norm:
        return ""
    points = ContactPoint.objects.filter(kind=point_kind, value_norm=norm)
    theirs = {"contact__in": points.values("contact_id"), "unverified": True}
    ahead = Booking.objects.standing().filter(starts_at__gt=timezone.now(), **theirs)
    waiting = WaitingEntry.objects.open().filter(**theirs)
    found = ahead[:MOST].count() + waiting[:MOST].count()
    return MANY_BOOKINGS if found >= MOST else ""
