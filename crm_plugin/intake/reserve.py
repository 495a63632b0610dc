"""The booking in a submission: what was chosen, and taking the places for it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from crm_plugin.bookings import moments, reserve, waiting
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.contacts.models import Contact

from . import identity, said
from .models import Submission
from .submissions import RENDERING, typed

SERVICE, STARTS_AT, PARTY = "booking.service", "booking.starts_at", "booking.party"
# A start time may be a day on whose waiting list she wants to be: "wait:2026-05-12".
WAIT = "wait:"


def waits(chosen: str) -> dt.date | None:
    """The day for whose waiting list *chosen* asks, if it does."""
    if not str(chosen).startswith(WAIT):
        return None
    return moments.parse_day(str(chosen).removeprefix(WAIT))


@dataclass(frozen=True)
class Wish:
    """Which service, when, for how many; ``wait_on`` instead of a time."""

    service: Service
    starts_at: dt.datetime | None
    party: int
    wait_on: dt.date | None = None


def wish_of(submission: Submission) -> Wish | None:
    """What *submission* wants to book; None when it is no booking.

    Raises ``reserve.NotBookable`` for a service that is gone.
    """
    if submission.kind != Submission.Kind.BOOKING:
        return None
    key = typed(submission.answers, SERVICE)
    service = Service.objects.filter(key=key).with_plan().first()
    if service is None:
        raise reserve.NotBookable("retired")
    chosen = typed(submission.answers, STARTS_AT)
    party = int(typed(submission.answers, PARTY) or 1)
    return Wish(service, moments.parse(chosen), party, wait_on=waits(chosen))


def book(
    submission: Submission, contact: Contact, *, verified: bool
) -> Booking | WaitingEntry | None:
    """Take the places, or one on the waiting list.

    Raises ``reserve.SlotTaken`` and ``reserve.NotBookable``.
    """
    wish = wish_of(submission)
    if wish is None:
        return None
    said_with_it: dict[str, Any] = {
        "party": wish.party,
        "contact": contact,
        "key": submission.touch_key,
        "note": said.message_of(submission),
        "unverified": not verified,
        "point": identity.email_point(contact, submission.email_norm),
    }
    if wish.wait_on is not None:
        return waiting.wait(wish.service, wish.wait_on, **said_with_it)
    if wish.starts_at is None:
        raise reserve.NotBookable
    return reserve.book(wish.service, wish.starts_at, **said_with_it)


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
