"""The signed tokens in a guest's links: to a booking, to a place on the list."""

import uuid

from crm_plugin import signing

from .models import Booking, WaitingEntry

BOOKING, WAITING = "booking", "waiting"


class Erased(Exception):
    """The token is good; what it was about is no longer stored."""


def of_booking(booking: Booking) -> str:
    return signing.make(BOOKING, booking.public_id.hex)


def of_waiting(entry: WaitingEntry) -> str:
    return signing.make(WAITING, entry.public_id.hex)


def read_booking(token: str) -> Booking:
    """The booking that *token* opens. Raises ``signing.BadToken`` and ``Erased``."""
    rows = Booking.objects.select_related("contact", "service", "resource", "point")
    found = rows.filter(public_id=_ident(BOOKING, token)).first()
    if found is None:
        raise Erased
    return found


def read_waiting(token: str) -> WaitingEntry:
    """The place on the list. Raises ``signing.BadToken`` and ``Erased``."""
    rows = WaitingEntry.objects.select_related("contact", "service", "booking", "point")
    found = rows.filter(public_id=_ident(WAITING, token)).first()
    if found is None:
        raise Erased
    return found


def _ident(purpose: str, token: str) -> uuid.UUID:
    payload = signing.read(purpose, token)
    try:
        return uuid.UUID(payload["id"])
    except ValueError:
        raise signing.BadToken from None
