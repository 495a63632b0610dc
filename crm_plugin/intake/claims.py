"""What staff answer to a claim: accept, reject, or "another person at this address".

*basis* says on what: ``Claim.Basis.ASKED`` where the person was asked, at the counter.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.bookings.models import Booking, WaitingEntry
from crm_plugin.consents import ledger
from crm_plugin.consents.models import Consent
from crm_plugin.contacts import changes, points, records
from crm_plugin.contacts.duplicates import pairs
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints.models import Inquiry, Rating, Touchpoint

from . import identity, process, said
from .models import Claim, Confirmation, Submission

WAITING = Claim.State.WAITING


class AlreadyDecided(Exception):
    """Somebody answered this meanwhile, or the person confirmed it."""


def accept(claim: Claim, *, by: Any, basis: str = "") -> journal.Operation | None:
    """Write the claimed value to the record.

    The same value that waits from another submission is settled with it. Whoever was
    asked is known to be there, and so is the address that was asked about. Raises
    ``AlreadyDecided``, and ``ValueError`` for a value that its field refuses by now.
    """
    with transaction.atomic():
        row = _waiting(claim)
        operation = records.apply_values(
            row.contact,
            {row.field: row.value},
            by=by,
            kind="claim_asked" if basis == Claim.Basis.ASKED else "claim",
        )
        this = Claim.objects.filter(pk=row.pk)
        _decide(this, Claim.State.ACCEPTED, by=by, basis=basis)
        if basis == Claim.Basis.ASKED:
            _know(row)
        same = Claim.objects.filter(
            contact=row.contact, field=row.field, state=WAITING, value=row.value
        )
        _decide(same, Claim.State.SUPERSEDED, by=by)
    return operation


def reject(claim: Claim, *, by: Any, basis: str = "") -> None:
    """Leave the record as it is. Raises ``AlreadyDecided``."""
    with transaction.atomic():
        row = _waiting(claim)
        this = Claim.objects.filter(pk=row.pk)
        _decide(this, Claim.State.REJECTED, by=by, basis=basis)


def accept_all(submission: Submission, *, by: Any) -> None:
    """Accept every waiting claim of one submission, or none."""
    with transaction.atomic():
        for claim in submission.claims.filter(state=WAITING).select_related("contact"):
            accept(claim, by=by)


def reject_all(submission: Submission, *, by: Any) -> None:
    """Reject every waiting claim of one submission."""
    with transaction.atomic():
        _decide(submission.claims.filter(state=WAITING), Claim.State.REJECTED, by=by)


def another_person(submission: Submission, *, by: Any) -> Contact:
    """Make a contact of its own at the same address, and move all that was said to it.

    Submission, touchpoint, inquiry, booking and mails go along; the first contact is
    left as if this had never been sent. Raises ``AlreadyDecided`` once the address's
    owner pressed the button, or when the submission is that contact's own.
    """
    with transaction.atomic():
        rows = Submission.objects.select_for_update(of=("self",))
        row = rows.select_related("contact").get(pk=submission.pk)
        before = row.contact
        pressed = Confirmation.objects.filter(submission=row).exclude(confirmed_at=None)
        if before is None or pressed.exists() or not row.claims.exists():
            raise AlreadyDecided
        if row.claims.filter(state=Claim.State.MOVED).exists():
            raise AlreadyDecided
        person = process.create(row, said.values_of(row), by=by)
        entries = _move(row, person)
        _move_consents(row, before, person)
        _decide(row.claims.filter(state=WAITING), Claim.State.MOVED, by=by)
        entries += pairs.tell_apart(before, person, by=by)
        journal.record("another_person", entries, by=by, summary=str(person))
        changes.note([before.pk, person.pk], "touchpoints")
    submission.contact = person
    return person


def _move(row: Submission, person: Contact) -> list[journal.Entry]:
    """Point everything of *row* to *person*; what the journal should know."""
    key, before = row.touch_key, row.contact_id or 0
    touchpoints = Touchpoint.objects.filter(key=key)
    moving = {
        "submission": Submission.objects.filter(pk=row.pk),
        "inquiry": Inquiry.objects.filter(touchpoint__in=touchpoints),
        "rating": Rating.objects.filter(touchpoint__in=touchpoints),
        "touchpoint": touchpoints,
        "booking": Booking.objects.filter(key=key),
        "waitingentry": WaitingEntry.objects.filter(key=key),
        "delivery": Delivery.objects.filter(key=f"ack-{row.public_id}"),
    }
    entries: list[journal.Entry] = []
    for model, rows in moving.items():
        ids = list(rows.values_list("pk", flat=True))
        rows.update(contact=person)
        entries += [(model, pk, "contact", before, person.pk, before) for pk in ids]
    return entries


def _move_consents(row: Submission, before: Contact, person: Contact) -> None:
    """What was asked for was asked for by *person*, not by the first contact."""
    old, new = (identity.email_point(each, row.email_norm) for each in (before, person))
    Confirmation.objects.filter(submission=row).update(point=new)
    Delivery.objects.filter(key=f"ack-{row.public_id}").update(point=new)
    for model in (Booking, WaitingEntry):
        model.objects.filter(key=row.touch_key).update(point=new)
    if new is None:
        return
    for topic, _wording in process.consents_of(row):
        if old is not None and _asked_only_here(row, old, topic):
            ledger.take_back(old, topic, source=f"another person {row.reference}")
    if row.state != Submission.State.TAKEN_IN:
        process.ask(row, new)


def _asked_only_here(row: Submission, point: ContactPoint, topic: Any) -> bool:
    """Whether no other submission to this contact waits for the same topic."""
    others = Submission.objects.filter(contact=row.contact, email_norm=row.email_norm)
    asked = [each.consents for each in others.exclude(pk=row.pk)]
    topics = {entry["topic"] for consents in asked for entry in consents}
    pending = Consent.objects.filter(point=point, topic=topic, state="pending")
    return topic.key not in topics and pending.exists()


def _waiting(claim: Claim) -> Claim:
    rows = Claim.objects.select_for_update(of=("self",)).select_related("contact")
    row = rows.get(pk=claim.pk)
    if row.state != WAITING:
        raise AlreadyDecided
    return row


def _know(row: Claim) -> None:
    """The person was asked: the record is no provisional one, the address is theirs."""
    noun, _dot, kind = row.field.partition(".")
    if noun == "point":
        norm = points.norm(kind, str(row.value))
        found = ContactPoint.objects.filter(contact=row.contact, kind=kind)
        point = found.filter(value_norm=norm).first()
        if point is not None:
            points.verify(point, verified_by=ContactPoint.VerifiedBy.STAFF)
    provisional = Contact.objects.filter(pk=row.contact_id, confirmed_at=None)
    if provisional.update(confirmed_at=timezone.now()):
        changes.note([row.contact_id], "fields")


def _decide(rows: Any, state: str, *, by: Any, basis: str = "") -> None:
    about = set(rows.values_list("contact_id", flat=True))
    rows.update(state=state, decided_at=timezone.now(), decided_by=by, basis=basis)
    changes.note(about, "fields")
