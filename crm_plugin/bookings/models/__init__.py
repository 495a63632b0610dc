"""What can be booked, when it is open, who booked it, and who waits."""

from .bookings import BookedTick, Booking, BookingQuerySet
from .resources import HOLIDAY, WEEKDAYS, OpeningHours, Resource, SpecialDays
from .service import GRAIN_MINUTES, Service, ServiceSlot
from .waiting import WaitingEntry

__all__ = [
    "GRAIN_MINUTES",
    "HOLIDAY",
    "WEEKDAYS",
    "BookedTick",
    "Booking",
    "BookingQuerySet",
    "OpeningHours",
    "Resource",
    "Service",
    "ServiceSlot",
    "SpecialDays",
    "WaitingEntry",
]
