"""The signed tokens in a guest's links: to a booking, to a place on the list.

A link says in which language its page speaks. Whoever booked has one at once, also for
an address that is somebody else's: the page must not tell what the record says of them.
"""

import uuid
from typing import Any

from crm_plugin import signing

from .models import Booking, WaitingEntry

BOOKING, WAITING = "booking", "waiting"


class Erased(Exception):
    """The token is good; what it was about is no longer stored."""


def of_booking(booking: Booking, language: str) -> str:
    return signing.make(BOOKING, booking.public_id.hex, l=language)


def of_waiting(entry: WaitingEntry, language: str) -> str:
    return signing.make(WAITING, entry.public_id.hex, l=language)


def read_booking(token: str) -> tuple[Booking, str]:
    """The booking that *token* opens, and the language of its page ("": the browser's).

    Raises ``signing.BadToken`` and ``Erased``.
    """
    payload, ident = _read(BOOKING, token)
    rows = Booking.objects.select_related("contact", "service", "resource", "point")
    found = rows.filter(public_id=ident).first()
    if found is None:
        raise Erased
    return found, _language(payload, found)


def read_waiting(token: str) -> tuple[WaitingEntry, str]:
    """The place on the list and the language, like ``read_booking``."""
    payload, ident = _read(WAITING, token)
    rows = WaitingEntry.objects.select_related("contact", "service", "booking", "point")
    found = rows.filter(public_id=ident).first()
    if found is None:
        raise Erased
    return found, _language(payload, found)


def _read(purpose: str, token: str) -> tuple[dict[str, Any], uuid.UUID]:
    payload = signing.read(purpose, token)
    try:
        return payload, uuid.UUID(payload["id"])
    except ValueError:
        raise signing.BadToken from None


def _language(payload: dict[str, Any], row: Booking | WaitingEntry) -> str:
    """The link's own; one that was mailed before links said it bears none."""
    if "l" in payload:
        return str(payload["l"])
    return "" if row.unverified else row.contact.language
