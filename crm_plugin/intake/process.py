"""Turn a stored submission into contact, history, inquiry and booking.

A match changes nothing on the record: what differs waits as claims. A submission is
stored before this runs, so nothing here can lose it; ``attempts`` tries again, and
``acknowledge`` asks for the consents and writes the mail with their button.
"""

from copy import copy
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal, once
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Topic
from crm_plugin.contacts import changes, records
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints import inquiries, log
from crm_plugin.touchpoints.models import Inquiry, Touchpoint

from . import feedback, identity, reserve, said
from .models import Claim, Submission

State = Submission.State


class Overtaken(Exception):
    """Somebody else took this submission in meanwhile; nothing was written."""


def process(submission: Submission) -> Submission:
    """Do all but the mail in one transaction, once; whatever is not stored is left alone.

    The caller wakes a worker for the mail and for the change feed. Raises
    ``SlotTaken``, ``NotBookable`` and ``Overtaken``.
    """
    with transaction.atomic(), changes.together(wake=False), once.reading():
        # Before the row, which the request that stored it locks only at its end.
        identity.hold(submission)
        row = _row(submission)
        if row.state != State.STORED:
            return row
        values = said.values_of(row)
        if feedback.from_nobody(row, values):
            feedback.keep(row, None, None)
        else:
            _take_in(row, values)
        reserve.settle_earlier(row)
        owed = row.email_norm or _asks(row) or feedback.is_low(row)
        row.state = State.TAKEN_IN if owed else State.PROCESSED
        row.processed_at, row.attempts, row.error = timezone.now(), 0, ""
        _done(row)
    return row


def _row(submission: Submission) -> Submission:
    """The row to work on: locked, or as this very request has just stored it."""
    if submission.just_stored:
        row = copy(submission)
        row.just_stored = False
        return row
    rows = Submission.objects.select_for_update(of=("self",))
    return rows.select_related("contact").get(pk=submission.pk)


def _done(row: Submission) -> None:
    names = ("contact_id", "state", "processed_at", "attempts", "error")
    rows = Submission.objects.filter(pk=row.pk, state=State.STORED)
    if not rows.update(**{name: getattr(row, name) for name in names}):
        raise Overtaken


def _take_in(row: Submission, values: dict[str, Any]) -> None:
    """Contact, history, booking and scores; a worker asks for the consents."""
    contact, verified = identity.find(row, values)
    # What was taken in before and is stored again has its entries already.
    facts: dict[str, Any] = {"new": row.processed_at is None}
    if contact is None:
        contact, facts["stage"] = create(row, values), ""
    elif verified:
        records.apply_values(contact, values, by=None, kind="form")
    else:
        _claim(row, contact, values)
    row.contact = contact
    touchpoint = _history(row, contact, verified=verified, **facts)
    reserve.book(row, contact, verified=verified)
    # A booking writes no touchpoint; rules ask for its form, and for what it claims.
    changes.note([contact.pk], log.ASPECT)
    feedback.keep(row, contact, touchpoint)


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


def _history(
    row: Submission, contact: Contact, *, verified: bool, new: bool, **facts: Any
) -> Touchpoint | None:
    """The touchpoint with its own copy, and the inquiry where an answer is owed.

    A booking is its own entry of the history and writes none here. A link that was
    mailed may have been passed on: without a verified browser its words are nobody's.
    """
    if row.kind == Submission.Kind.BOOKING:
        return None
    asks = _asks(row)
    rated = row.kind == Submission.Kind.FEEDBACK
    kind, phase = ("feedback", "success") if rated else ("form", "marketing")
    if asks:
        kind, phase = "inquiry", "sales"
    title = [row.page_title, feedback.words_of(row)]
    touchpoint = log.record(
        contact,
        kind,
        channel="web",
        direction="in",
        at=row.came_at,
        summary=": ".join(filter(None, title)),
        body=said.message_of(row),
        key=row.touch_key,
        new=new,
        phase=phase,
        answers=said.shareable(row),
        page_id=row.page_id,
        page_title=row.page_title,
        page_url=row.page_url,
        revision=row.revision,
        unverified=not verified,
        **facts,
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
            new=new,
        )
    return touchpoint


def _asks(row: Submission) -> bool:
    """Whether an answer is owed to its words."""
    return row.kind == Submission.Kind.INQUIRY and bool(said.message_of(row))


def ask(row: Submission, point: ContactPoint) -> None:
    """What was ticked stands in the ledger as asked for; nothing is granted here.

    With the page as it was called then: pages go.
    """
    if not row.consents:
        return
    ledger.ask_all(
        point,
        consents_of(row),
        source=f"form {row.reference}",
        ip=row.ip_truncated,
        agent_hash=row.agent_hash,
        **where_of(row),
    )


def where_of(row: Submission) -> dict[str, Any]:
    """On which page *row* was filled in, as the ledger keeps it."""
    said = {"page_title": row.page_title, "page_url": row.page_url}
    evidence = {name: text for name, text in said.items() if text}
    return {"page": row.page_id, "revision": row.revision, "evidence": evidence}


def consents_of(row: Submission) -> list[tuple[Topic, int]]:
    """(topic, wording id) of every tick in *row* whose topic still exists.

    Also of one that was retired since: it was asked for when the form was sent.
    """
    wordings = {entry["topic"]: entry["wording"] for entry in row.consents}
    topics = Topic.objects.filter(key__in=wordings)
    return [(topic, wordings[topic.key]) for topic in topics]
