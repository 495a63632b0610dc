"""The one automatic mail per submission: receipt, number, promise, perhaps a button.

What was ticked is asked for at that moment, for its button is in that mail.

It goes to the typed address, whoever typed it: so it echoes without links, says
nothing about any record, and comes at most once a day for one form; for bookings see
``MOST_BOOKINGS``.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from crm_plugin import signing
from crm_plugin.bookings import mails
from crm_plugin.bookings.messages import WAITING
from crm_plugin.bookings.models import Booking, WaitingEntry
from crm_plugin.conf import CrmSettings, setting
from crm_plugin.consents.models import Consent
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.delivery import links, notices
from crm_plugin.delivery.models import Sender
from crm_plugin.delivery.post import default_sender, post
from crm_plugin.touchpoints import inquiries
from crm_plugin.touchpoints.models import Inquiry

from . import identity, loops, process, said
from .models import Claim, Confirmation, Submission

DAY = dt.timedelta(hours=24)
# How many bookings of one address are confirmed by mail within 24 hours.
MOST_BOOKINGS = 3
PURPOSE = "confirm"
KINDS = {
    Submission.Kind.BOOKING: "booking_received",
    Submission.Kind.SIGN_UP: "sign_up_received",
}


def acknowledge(submission: Submission) -> Submission:
    """Ask for what was ticked, and put the mail into the outbox; once.

    A guard may speak against the mail.
    Whoever answers is told, too. A submission that is not owed its mail is left alone.
    """
    with transaction.atomic():
        # In the order of ``process``: address, then row; else two wait for each other.
        identity.hold(submission)
        rows = Submission.objects.select_for_update(of=("self",))
        row = rows.select_related("contact").get(pk=submission.pk)
        if row.state != Submission.State.TAKEN_IN:
            return row
        point = row.contact and identity.email_point(row.contact, row.email_norm)
        inquiry = _inquiry_of(row)
        if point:
            process.ask(row, point)
        if point and not _is_machine(row):
            _answer(row, point, inquiry)
        if inquiry is not None and inquiry.is_open:
            notices.announce(inquiry)
        row.state, row.attempts, row.error = Submission.State.PROCESSED, 0, ""
        row.save(update_fields=["state", "acknowledged_at", "attempts", "error"])
    return row


def _inquiry_of(row: Submission) -> Inquiry | None:
    """The answer that is owed for it, if one is."""
    if row.kind == Submission.Kind.BOOKING:
        return None
    rows = Inquiry.objects.select_related("owner", "contact__owner", "touchpoint")
    return rows.filter(touchpoint__key=row.touch_key).first()


def _answer(row: Submission, point: ContactPoint, inquiry: Inquiry | None) -> None:
    if row.acknowledged_at or acknowledged_lately(row):
        return
    sender = default_sender()
    with override(row.language or None):
        context = _context(row, inquiry) | _button(row, point, sender)
    post(
        _kind(row),
        contact=row.contact,
        address=row.email_norm,
        point=point,
        context=context,
        key=f"ack-{row.public_id}",
        language=row.language,
        sender=sender,
    )
    row.acknowledged_at = timezone.now()


def _is_machine(row: Submission) -> bool:
    """Whether a machine wrote this, or reads the answer."""
    return bool(row.source.get(loops.MACHINE)) or loops.read_by_machine(row.email_norm)


def _kind(row: Submission) -> str:
    """Which text it is: a place on the waiting list is not a booking that stands."""
    waits = WaitingEntry.objects.filter(key=row.touch_key)
    if row.kind == Submission.Kind.BOOKING and waits.exists():
        return WAITING
    return KINDS.get(Submission.Kind(row.kind), "acknowledgement")


def acknowledged_lately(submission: Submission) -> bool:
    """Whether this form already wrote to this address within 24 hours.

    Each booking has a link of its own: for one that stands, whether the same time was
    told already, or ``MOST_BOOKINGS`` were.
    """
    told = Submission.objects.filter(
        email_norm=submission.email_norm, acknowledged_at__gt=timezone.now() - DAY
    )
    rows, booking = Booking.objects.standing(), None
    if submission.kind == Submission.Kind.BOOKING:
        booking = rows.filter(key=submission.touch_key).first()
    if booking is None:
        return told.filter(page_id=submission.page_id).exists()
    others = list(told.filter(kind=submission.kind)[:MOST_BOOKINGS])
    same = rows.filter(
        key__in=[other.touch_key for other in others],
        service_id=booking.service_id,
        starts_at=booking.starts_at,
    )
    return len(others) == MOST_BOOKINGS or same.exists()


def _context(submission: Submission, inquiry: Inquiry | None) -> dict[str, Any]:
    owner = CrmSettings.load()
    context = {
        "reference": submission.reference,
        "business": owner.business_name,
        "phone": owner.phone,
        "message": said.echo_of(submission),
        "answer_by": inquiries.by_when(inquiry.due_at) if inquiry else "",
    }
    if submission.kind == Submission.Kind.BOOKING:
        context |= _booked(submission)
    name = str(submission.contact or "")
    if said.without_links(name) != name:
        context["salutation"] = ""
    return context


def _booked(submission: Submission) -> dict[str, str]:
    """What stands in the calendar or on the waiting list, if it still does."""
    language = get_language() or settings.LANGUAGE_CODE
    key, joined = submission.touch_key, ("service", "contact")
    booking = Booking.objects.filter(key=key).select_related(*joined).first()
    if booking is not None:
        return mails.context_of(booking, language)
    entry = WaitingEntry.objects.filter(key=key).select_related(*joined).first()
    return mails.waiting_context(entry, language) if entry is not None else {}


def _button(
    submission: Submission, point: ContactPoint, sender: Sender | None
) -> dict[str, str]:
    """The confirm button, where something waits for it and none was sent lately."""
    reason = _reason(submission, point)
    hashes = signing.address_hashes("email", submission.email_norm)
    lately = Confirmation.objects.filter(
        address_hash__in=hashes, sent_at__gt=timezone.now() - DAY
    )
    if not reason or lately.exists():
        return {"confirm_url": "", "confirm_reason": ""}
    now = timezone.now()
    confirmation = Confirmation.objects.create(
        submission=submission,
        point=point,
        address_hash=hashes[0],
        sent_at=now,
        expires_at=now + dt.timedelta(days=setting("CRM_CONFIRM_DAYS")),
    )
    return {"confirm_url": url_of(confirmation, sender), "confirm_reason": reason}


def _reason(submission: Submission, point: ContactPoint) -> str:
    """Why she is asked to press, in her language; "" where nothing waits."""
    topics = [entry["topic"] for entry in submission.consents]
    granted = Consent.objects.filter(
        point=point, topic__key__in=topics, state=Consent.State.GRANTED
    )
    if topics and granted.count() < len(topics):
        return _("You asked for our news. Please confirm: only then do we send any.")
    waiting = Claim.objects.filter(submission=submission, state=Claim.State.WAITING)
    if waiting.exists():
        return _("You sent us new details. Please confirm them.")
    if point.verified_at is None:
        return _("Please confirm that this address is yours.")
    return ""


def url_of(confirmation: Confirmation, sender: Sender | None) -> str:
    """The address of the page with the button, on the sender's site."""
    token = signing.make(PURPOSE, confirmation.public_id)
    return links.absolute(links.base_url(sender), "confirm", token)
