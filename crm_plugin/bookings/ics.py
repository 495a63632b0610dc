"""A booking as an entry of a calendar (RFC 5545), made anew whenever it is asked for.

Times are in UTC: whatever zone the reader's calendar shows, and on whichever side of a
change of the clocks, it is the same instant. The UID never changes, SEQUENCE grows with
each change, so that a newer file replaces what an older one put there.
"""

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event, vCalAddress, vText

from crm_plugin.conf import CrmSettings
from crm_plugin.delivery.mime import Attachment
from crm_plugin.delivery.models import Delivery, Sender
from crm_plugin.delivery.post import default_sender

from .models import Booking
from .phrases import people

NAME = "booking.ics"
PUBLISH, CANCEL = "PUBLISH", "CANCEL"


def for_message(delivery: Delivery) -> Attachment | None:
    """The calendar entry of the booking that *delivery* tells; None once it is gone."""
    rows = Booking.objects.filter(
        contact_id=delivery.contact_id or 0,
        reference=delivery.values.get("reference", ""),
    )
    booking = rows.select_related("service", "contact").first()
    if booking is None:
        return None
    file = entry(booking, language=delivery.language)
    return Attachment(NAME, content_type(booking), file)


def content_type(booking: Booking) -> str:
    return f'text/calendar; charset="utf-8"; method={_method(booking)}'


def entry(booking: Booking, *, language: str) -> bytes:
    """The file as it stands now: published, or taken back where it is cancelled.

    In the *language* of the page or the message that it comes with, "" for the site's.
    """
    language = language or settings.LANGUAGE_CODE
    calendar = Calendar()
    calendar.add("prodid", "-//crm_plugin//bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", _method(booking))
    with override(language):
        calendar.add_component(_event(booking, default_sender(), language))
    return calendar.to_ical()


def _method(booking: Booking) -> str:
    return CANCEL if booking.cancelled_at else PUBLISH


def _event(booking: Booking, sender: Sender | None, language: str) -> Event:
    event = Event()
    event.add("uid", f"booking-{booking.public_id}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", _changed_at(booking))
    event.add("dtstart", booking.starts_at.astimezone(dt.UTC))
    event.add("dtend", booking.ends_at.astimezone(dt.UTC))
    event.add("summary", _summary(booking))
    event.add("description", _words(booking))
    event.add("status", "CANCELLED" if booking.cancelled_at else "CONFIRMED")
    if sender is not None:
        where = sender.said("postal_address", language)
        if where:
            event.add("location", where)
        organiser = vCalAddress(f"mailto:{sender.from_email}")
        organiser.params["cn"] = vText(sender.said("from_name", language))
        event.add("organizer", organiser)
    return event


def _changed_at(booking: Booking) -> dt.datetime:
    """When it was last changed: two files of the same state are the same."""
    known = [booking.created_at, booking.moved_at, booking.cancelled_at]
    return max(moment for moment in known if moment).astimezone(dt.UTC)


def _summary(booking: Booking) -> str:
    business = CrmSettings.load().business_name
    said = {"service": str(booking.service), "business": business}
    return _("%(service)s, %(business)s") % said if business else said["service"]


def _words(booking: Booking) -> str:
    lines = [
        _("Reference number: %(reference)s") % {"reference": booking.reference},
        people(booking.party_size),
    ]
    phone = CrmSettings.load().phone
    if phone:
        lines.append(_("Telephone: %(phone)s") % {"phone": phone})
    return "\n".join(lines)
