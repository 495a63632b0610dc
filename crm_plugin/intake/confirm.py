"""The button of one submission: it verifies, grants and applies that one only."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.bookings.models import Booking, WaitingEntry
from crm_plugin.conf import setting
from crm_plugin.consents import ledger
from crm_plugin.contacts import changes, points, records
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints.models import Rating, Touchpoint

from . import acknowledge, process
from .models import Claim, Confirmation, Submission


class Gone(Exception):
    """What the link was about is no longer there."""


class Pressed(NamedTuple):
    """Who confirmed, and whether this very press did: of two at once only one does."""

    contact: Contact
    first: bool


def read(token: str) -> Confirmation:
    """The confirmation that *token* opens.

    Raises ``signing.BadToken``, ``signing.ExpiredToken`` and ``Gone``.
    """
    days = timedelta(days=setting("CRM_CONFIRM_DAYS"))
    payload = signing.read(acknowledge.PURPOSE, token, max_age=days)
    rows = Confirmation.objects.select_related("submission__contact", "point")
    found = rows.filter(public_id=payload["id"]).first()
    if found is None or found.submission.contact is None or found.point is None:
        raise Gone
    kind, norm = found.point.kind, found.point.value_norm
    if not signing.is_of_address(found.address_hash, kind, norm):
        # It was corrected since: whoever reads mail there is somebody else.
        raise Gone
    if found.expires_at < timezone.now() and found.confirmed_at is None:
        raise signing.ExpiredToken
    return found


def press(confirmation: Confirmation, *, ip: str = "", agent_hash: str = "") -> Pressed:
    """Verify the address, grant the consents asked for, apply the waiting claims.

    Only of this submission. Pressing again changes nothing. Raises ``Gone``.
    """
    with transaction.atomic():
        rows = Confirmation.objects.select_for_update(of=("self",))
        row = rows.select_related("submission__contact", "point").get(
            pk=confirmation.pk
        )
        submission, point = row.submission, row.point
        contact = submission.contact
        if contact is None or point is None:
            raise Gone
        if row.confirmed_at is not None:
            return Pressed(contact, first=False)
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at"])
        points.verify(point)
        _grant(submission, point, ip=ip, agent_hash=agent_hash)
        _apply(submission, contact)
        _believe(submission)
        changes.note([contact.pk], "touchpoints")
    confirmation.confirmed_at = row.confirmed_at
    contact.refresh_from_db()
    return Pressed(contact, first=True)


def _grant(
    submission: Submission, point: ContactPoint, *, ip: str, agent_hash: str
) -> None:
    for topic, wording in process.consents_of(submission):
        ledger.confirm(
            point,
            topic,
            wording=wording,
            source=f"confirmed {submission.reference}",
            ip=ip,
            agent_hash=agent_hash,
            **process.where_of(submission),
        )


def _apply(submission: Submission, contact: Contact) -> None:
    waiting = Claim.objects.filter(
        submission=submission, contact=contact, state=Claim.State.WAITING
    )
    values: dict[str, Any] = dict(waiting.values_list("field", "value"))
    if values:
        records.apply_values(contact, values, by=None, kind="confirm")
        waiting.update(state=Claim.State.CONFIRMED, decided_at=timezone.now())


def _believe(submission: Submission) -> None:
    """History, scores and booking of this submission are hers now."""
    key = submission.touch_key
    Touchpoint.objects.filter(key=key).update(unverified=False)
    Rating.objects.filter(touchpoint__key=key).update(unverified=False)
    Booking.objects.filter(key=key).update(unverified=False)
    WaitingEntry.objects.filter(key=key).update(unverified=False)
