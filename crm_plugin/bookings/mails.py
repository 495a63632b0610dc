"""What a guest is told by mail about a booking."""

from typing import Any

from django.conf import settings
from django.utils.translation import ngettext, override

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery.models import Delivery
from crm_plugin.delivery.post import post

from . import calendar
from .models import Booking

RECEIVED, CANCELLED = "booking_received", "booking_cancelled"


def address_of(booking: Booking) -> ContactPoint | None:
    """The e-mail address that the guest uses, if we know one that works."""
    points = ContactPoint.objects.filter(
        contact_id=booking.contact_id,
        kind=ContactPoint.Kind.EMAIL,
        undeliverable_at=None,
    )
    return points.order_by("-preferred", "id").first()


def tell(booking: Booking, kind: str = RECEIVED, *, by: Any = None) -> Delivery | None:
    """Post the confirmation (or the cancelling) once; ``None`` without an address."""
    point = address_of(booking)
    if point is None:
        return None
    language = booking.contact.language or settings.LANGUAGE_CODE
    return post(
        kind,
        contact=booking.contact,
        address=point.value,
        point=point,
        context=context_of(booking, language),
        key=f"{kind}:{booking.pk}",
        language=language,
        by=by,
    )


def context_of(booking: Booking, language: str) -> dict[str, str]:
    """The values of a booking's merge tags, in the guest's language."""
    shop = CrmSettings.load()
    with override(language):
        return {
            "reference": booking.reference,
            "business": shop.business_name,
            "service": str(booking.service),
            "when": calendar.in_words(booking.starts_at),
            "party": people(booking.party_size),
            "phone": shop.phone,
            "confirm_url": "",
        }


def people(number: int) -> str:
    """How many come, as a guest is told."""
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}
