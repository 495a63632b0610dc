"""Turn a stored submission into contact, history, inquiry, consents and booking.

A match changes nothing on the record: what differs waits as claims. A submission is
stored before this runs, so nothing here can lose it; ``attempts`` tries again, and
``acknowledge`` writes the mail.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Topic
from crm_plugin.contacts import records
from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import inquiries, log
from crm_plugin.touchpoints.models import Inquiry

from . import identity, reserve, said
from .models import Claim, Submission

State = Submission.State


def process(submission: Submission) -> Submission:
    """Do all but the mail in one transaction, once; whatever is not stored is left alone.

    Raises ``SlotTaken`` and ``NotBookable``.
    """
    with transaction.atomic():
        rows = Submission.objects.select_for_update(of=("self",))
        row = rows.select_related("contact").get(pk=submission.pk)
        if row.state != State.STORED:
            return row
        identity.hold(row)
        contact, verified = _contact(row, said.values_of(row))
        row.contact = contact
        _history(row, contact, verified=verified)
        reserve.book(row, contact, verified=verified)
        _ask_consents(row)
        reserve.settle_earlier(row)
        row.state = State.TAKEN_IN if row.email_norm else State.PROCESSED
        row.processed_at, row.attempts, row.error = timezone.now(), 0, ""
        row.save(
            update_fields=["contact", "state", "processed_at", "attempts", "error"]
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


def _history(row: Submission, contact: Contact, *, verified: bool) -> None:
    """The touchpoint with its own copy, and the inquiry where an answer is owed.

    A booking is its own entry of the history and writes none here.
    """
    if row.kind == Submission.Kind.BOOKING:
        return
    message = said.message_of(row)
    asks = row.kind == Submission.Kind.INQUIRY and bool(message)
    touchpoint = log.record(
        contact,
        "inquiry" if asks else "form",
        channel="web",
        direction="in",
        at=row.came_at,
        summary=row.page_title,
        body=message,
        key=row.touch_key,
        phase="sales" if asks else "marketing",
        answers=said.shareable(row),
        page_id=row.page_id,
        page_title=row.page_title,
        page_url=row.page_url,
        revision=row.revision,
        unverified=not verified,
    )
    if asks:
        inquiries.open_inquiry(
            contact,
            touchpoint,
            kind=Inquiry.Kind.QUESTION,
            subject=row.page_title,
            language=row.language,
            reply_to=row.email_norm,
            reference=row.reference,
        )


def _ask_consents(row: Submission) -> None:
    """What was ticked stands in the ledger as asked for; nothing is granted here."""
    if not row.consents or row.contact is None:
        return
    point = identity.email_point(row.contact, row.email_norm)
    if point is None:
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
