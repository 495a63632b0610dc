"""What a guest is told by mail about a booking, and about a place on the list."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from crm_plugin.conf import CrmSettings, format_money
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery
from crm_plugin.delivery.post import default_sender, post

from . import moments, tokens
from .messages import CANCELLED, MOVED, PLACE_FREE, RECEIVED, REMINDER
from .models import Booking, WaitingEntry
from .phrases import people

__all__ = ["CANCELLED", "MOVED", "RECEIVED", "REMINDER", "tell", "tell_waiting"]


def address_for(row: Booking | WaitingEntry) -> ContactPoint | None:
    """Where to write about it: the address given for it, else the one they use.

    What somebody typed without an address, and has not been believed yet, is told to
    nobody: it may not be theirs.
    """
    point = row.point
    if point is not None:
        return None if point.undeliverable_at else point
    if row.unverified:
        return None
    points = ContactPoint.objects.filter(
        contact_id=row.contact_id, kind=ContactPoint.Kind.EMAIL, undeliverable_at=None
    )
    return points.order_by("-preferred", "id").first()


def tell(booking: Booking, kind: str = RECEIVED, *, by: Any = None) -> Delivery | None:
    """Post one message about the booking as it stands; ``None`` without an address.

    Once for each kind and change.
    """
    if by is None and booking.unverified and _told_lately(booking, kind):
        return None
    language = booking.contact.language or settings.LANGUAGE_CODE
    key = f"{kind}:{booking.pk}:{booking.sequence}"
    return _post(kind, booking, context_of(booking, language), key=key, by=by)


def _told_lately(booking: Booking, kind: str) -> bool:
    """Whoever typed somebody else's address cannot fill that mailbox by moving it."""
    point = address_for(booking)
    since = timezone.now() - dt.timedelta(hours=24)
    return (
        kind != RECEIVED
        and point is not None
        and Delivery.objects.filter(
            kind=kind, address_norm=point.value_norm, created_at__gt=since
        ).exists()
    )


def tell_waiting(entry: WaitingEntry, *, until: dt.datetime) -> Delivery | None:
    """Tell somebody on the list that a place got free, as often as that happens."""
    language = entry.contact.language or settings.LANGUAGE_CODE
    context = waiting_context(entry, language)
    with override(language):
        context["until"] = moments.in_words(until)
    key = f"{PLACE_FREE}:{entry.pk}:{entry.told_count}"
    return _post(PLACE_FREE, entry, context, key=key, by=None)


def _post(
    kind: str,
    row: Booking | WaitingEntry,
    context: dict[str, str],
    *,
    key: str,
    by: Any,
) -> Delivery | None:
    point = address_for(row)
    if point is None:
        return None
    return post(
        kind,
        contact=row.contact,
        address=point.value,
        point=point,
        context=context,
        key=key,
        language=row.contact.language or settings.LANGUAGE_CODE,
        by=by,
    )


def context_of(booking: Booking, language: str) -> dict[str, str]:
    """The values of a booking's merge tags, in the guest's language."""
    with override(language):
        return {
            **_common(booking),
            "when": moments.in_words(booking.starts_at),
            "price": format_money(booking.service.price_for(booking.party_size)),
            "manage_url": _url("booking", tokens.of_booking(booking, language)),
            "confirm_url": "",
        }


def waiting_context(entry: WaitingEntry, language: str) -> dict[str, str]:
    """The same for somebody who waits: a day, and the way to their place on the list."""
    url = _url("waiting", tokens.of_waiting(entry, language))
    with override(language):
        return {
            **_common(entry),
            "when": moments.day_words(entry.on),
            "list_url": url,
            "take_url": url,
            "until": "",
            "confirm_url": "",
        }


def _common(row: Booking | WaitingEntry) -> dict[str, str]:
    shop = CrmSettings.load()
    return {
        "reference": row.reference,
        "business": shop.business_name,
        "service": str(row.service),
        "party": people(row.party_size),
        "phone": shop.phone,
    }


def _url(name: str, token: str) -> str:
    return links.absolute(links.base_url(default_sender()), name, token)
