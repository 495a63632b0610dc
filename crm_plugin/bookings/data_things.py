"""What bookings tell of contacts, for the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import Booking

BOOKED = "bookings"


def things(user: Any) -> list[Thing]:
    if user is not None and not user.has_perm("crm_plugin.view_booking"):
        return []
    return [Thing(BOOKED, _("bookings and visits"), Area.CONTINUED)]


def known(contact: Contact, user: Any) -> set[str]:
    rows = Booking.objects.filter(contact=contact)
    return {BOOKED} if rows.exists() else set()


def count() -> Iterator[Counted]:
    rows = Booking.objects.filter(contact__archived_at=None).order_by()
    found = rows.aggregate(n=Count("contact", distinct=True), at=Max("created_at"))
    yield Counted(BOOKED, found["n"], found["at"])


ROOM = Room(things, known, count)
