"""Turn a stored submission into contact, history, inquiry, booking and mail.

A match changes nothing on the record: what differs waits as claims. A submission is
stored before this runs, so nothing here can lose it; what fails is tried again.
"""

import logging
from datetime import timedelta
from typing import Any

from django.core.exceptions import (
    ImproperlyConfigured,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.urls import NoReverseMatch
from django.utils import timezone

from crm_plugin import journal, queue
from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.conf import setting
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Topic
from crm_plugin.contacts import records
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints import inquiries, log
from crm_plugin.touchpoints.models import Inquiry

from . import acknowledge, identity, reserve, said
from .models import Claim, Submission

logger = logging.getLogger(__name__)
State = Submission.State
PORTION = 50
# Minutes after arrival at which the next attempt is due, by attempts made.
RETRY_MINUTES = [0, 1, 5, 30, 120]
# Whatever can go wrong in any room below; named, so that a typing mistake in this
# list shows, and wide, because a visitor must read "thank you" all the same.
FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DatabaseError,
    ImproperlyConfigured,
    LookupError,
    MultipleObjectsReturned,
    NoReverseMatch,
    ObjectDoesNotExist,
    OSError,
    RuntimeError,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    TypeError,
    ValidationError,
    ValueError,
    journal.Stale,
)


def capture(submission: Submission) -> Submission:
    """Process now, or leave it to a worker, as ``CRM_CAPTURE`` says; never fails.

    A booking is always tried now: only then can the visitor choose another time.
    Raises ``SlotTaken`` and ``NotBookable`` for it, with the submission kept.
    """
    if submission.state != State.STORED:
        return submission
    booking = submission.kind == Submission.Kind.BOOKING
    if setting("CRM_CAPTURE") == "worker" and not booking:
        queue.wake("intake")
        return submission
    return attempt(submission)


def attempt(submission: Submission) -> Submission:
    """Process once; what goes wrong is noted on the row and tried again later.

    Raises ``SlotTaken`` and ``NotBookable``: another attempt would not help.
    """
    try:
        return process(submission)
    except (SlotTaken, NotBookable) as error:
        _note(submission, state=State.FAILED, error=type(error).__name__)
        raise
    except FAILURES as error:
        # The class only: a message may hold what somebody typed.
        logger.warning("Submission %s failed: %s", submission.pk, type(error).__name__)
        attempts = submission.attempts + 1
        gave_up = attempts >= len(RETRY_MINUTES)
        _note(
            submission,
            attempts=attempts,
            state=State.FAILED if gave_up else State.STORED,
            error=type(error).__name__,
        )
        queue.wake("intake")
        return submission


def _note(submission: Submission, **values: Any) -> None:
    Submission.objects.filter(pk=submission.pk).update(**values)
    for name, value in values.items():
        setattr(submission, name, value)


def process(submission: Submission) -> Submission:
    """Do all of it in one transaction, once; a processed submission is left alone."""
    with transaction.atomic():
        rows = Submission.objects.select_for_update(of=("self",))
        row = rows.select_related("contact").get(pk=submission.pk)
        if row.state != State.STORED:
            return row
        values = said.values_of(row)
        contact, verified = _contact(row, values)
        row.contact = contact
        point = email_point(contact, row.email_norm)
        inquiry = _history(row, contact, verified=verified)
        booking = reserve.book(row, contact, verified=verified)
        _ask_consents(row, point)
        acknowledge.acknowledge(row, point, inquiry=inquiry, booking=booking)
        reserve.settle_earlier(row)
        row.state, row.processed_at, row.error = State.PROCESSED, timezone.now(), ""
        row.save(
            update_fields=[
                "contact",
                "state",
                "processed_at",
                "error",
                "acknowledged_at",
            ]
        )
    return row


def _contact(row: Submission, values: dict[str, Any]) -> tuple[Contact, bool]:
    """The contact of *row*, made or found, and whether its owner typed this."""
    contact, verified = identity.find(row, values)
    if contact is None:
        return create(row, values), False
    if verified:
        records.apply_values(contact, values, by=None, kind="form")
    else:
        _claim(row, contact, values)
    return contact, verified


def create(row: Submission, values: dict[str, Any], *, by: Any = None) -> Contact:
    """A provisional contact with what *row* said, and where it came from."""
    source = row.source
    if row.language:
        values = {"contact.language": row.language.split("-")[0], **values}
    return records.create_contact(
        values,
        by=by,
        provisional=True,
        first_touch={
            "channel": "web",
            "source": source.get("utm_source", ""),
            "medium": source.get("utm_medium", ""),
            "campaign": source.get("utm_campaign", ""),
            "referrer": source.get("referrer", ""),
            "landing_url": source.get("landing_url", "") or row.page_url,
            "at": row.received_at,
        },
    )


def _claim(row: Submission, contact: Contact, values: dict[str, Any]) -> None:
    """Every value that differs from the record, or is new to it, waits."""
    claims = []
    for field, value in records.differing(contact, values).items():
        label, text = said.label_of(row, field)
        claims.append(
            Claim(
                submission=row,
                contact=contact,
                field=field,
                label=label[:200],
                value=journal.plain(value),
                text=text[:500],
            )
        )
    Claim.objects.bulk_create(claims, ignore_conflicts=True)


def email_point(contact: Contact, address_norm: str) -> ContactPoint | None:
    """The point of *contact* at the typed address, if it has one."""
    if not address_norm:
        return None
    rows = ContactPoint.objects.filter(contact=contact, kind="email")
    return rows.filter(value_norm=address_norm).first()


def touch_key(row: Submission) -> str:
    """Under which key touchpoint and booking of *row* are known."""
    return f"submission-{row.public_id}"


def _history(row: Submission, contact: Contact, *, verified: bool) -> Inquiry | None:
    """The touchpoint with its own copy, and the inquiry where an answer is owed.

    A booking is its own entry of the history and writes none here.
    """
    if row.kind == Submission.Kind.BOOKING:
        return None
    message = said.message_of(row)
    asks = row.kind == Submission.Kind.INQUIRY and bool(message)
    touchpoint = log.record(
        contact,
        "inquiry" if asks else "form",
        channel="web",
        direction="in",
        at=row.received_at,
        summary=row.page_title,
        body=message,
        key=touch_key(row),
        phase="sales" if asks else "marketing",
        answers=said.shareable(row),
        page_id=row.page_id,
        page_title=row.page_title,
        page_url=row.page_url,
        revision=row.revision,
        unverified=not verified,
    )
    if not asks:
        return None
    return inquiries.open_inquiry(
        contact,
        touchpoint,
        kind=Inquiry.Kind.QUESTION,
        subject=row.page_title,
        language=row.language,
        reply_to=row.email_norm,
        reference=row.reference,
    )


def _ask_consents(row: Submission, point: ContactPoint | None) -> None:
    """What was ticked stands in the ledger as asked for; nothing is granted here."""
    if point is None or not row.consents:
        return
    for topic, wording in consents_of(row):
        ledger.ask(
            point,
            topic,
            wording=wording,
            page=row.page_id,
            revision=row.revision,
            source=f"form {row.reference}",
            ip=row.ip_truncated,
            agent_hash=row.agent_hash,
        )


def consents_of(row: Submission) -> list[tuple[Topic, int]]:
    """(topic, wording id) of every tick in *row* whose topic still exists."""
    wordings = {entry["topic"]: entry["wording"] for entry in row.consents}
    topics = Topic.objects.filter(key__in=wordings)
    return [(topic, wordings[topic.key]) for topic in topics]


def due() -> Any:
    """Stored submissions whose next attempt has come."""
    now, condition = timezone.now(), Q()
    for attempts, minutes in enumerate(RETRY_MINUTES):
        received = now - timedelta(minutes=minutes)
        condition |= Q(attempts=attempts, received_at__lte=received)
    return Submission.objects.filter(condition, state=State.STORED).order_by("id")


@queue.chore("intake", every=60)
def process_due() -> bool:
    """Process what waits; true while a full portion was found."""
    rows = list(due()[:PORTION])
    for row in rows:
        try:
            attempt(row)
        except (SlotTaken, NotBookable):
            continue
    return len(rows) == PORTION
