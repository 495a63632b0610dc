"""The booking in a submission: what was chosen, and taking the places for it."""

import datetime as dt
from dataclasses import dataclass

from django.utils.dateparse import parse_datetime

from crm_plugin.bookings import reserve
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.contacts.models import Contact

from . import said
from .models import Submission
from .submissions import RENDERING, typed

SERVICE, STARTS_AT, PARTY = "booking.service", "booking.starts_at", "booking.party"


@dataclass(frozen=True)
class Wish:
    """Which service, when, for how many."""

    service: Service
    starts_at: dt.datetime
    party: int


def wish_of(submission: Submission) -> Wish | None:
    """What *submission* wants to book; None when it is no booking.

    Raises ``reserve.NotBookable`` for a service that is gone.
    """
    if submission.kind != Submission.Kind.BOOKING:
        return None
    service = Service.objects.filter(key=typed(submission.answers, SERVICE)).first()
    starts_at = parse_datetime(typed(submission.answers, STARTS_AT))
    if service is None or starts_at is None:
        raise reserve.NotBookable
    return Wish(service, starts_at, int(typed(submission.answers, PARTY) or 1))


def book(submission: Submission, contact: Contact, *, verified: bool) -> Booking | None:
    """Take the places. Raises ``reserve.SlotTaken`` and ``reserve.NotBookable``."""
    wish = wish_of(submission)
    if wish is None:
        return None
    return reserve.book(
        wish.service,
        wish.starts_at,
        party=wish.party,
        contact=contact,
        key=submission.touch_key,
        note=said.message_of(submission),
        unverified=not verified,
    )


def settle_earlier(submission: Submission) -> None:
    """A time that was gone, and another one chosen in the same form: nothing is owed."""
    if submission.kind != Submission.Kind.BOOKING:
        return
    rendering = submission.key[:RENDERING]
    Submission.objects.filter(
        key__gte=rendering,
        key__lt=f"{rendering}~",
        kind=submission.kind,
        state=Submission.State.FAILED,
    ).update(state=Submission.State.PROCESSED, contact=submission.contact)
