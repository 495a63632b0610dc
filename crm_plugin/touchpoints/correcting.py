"""A note on the wrong record: move it to another contact, or take it back."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_plugin import journal
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from .log import ASPECT, stage_of
from .models import FollowUp, Inquiry, Rating, Touchpoint

MOVED, TAKEN_BACK = "note_moved", "note_taken_back"
KINDS = (MOVED, TAKEN_BACK)
HAND = "note:"


class Refused(ValueError):
    """The note cannot be moved or taken back; the message says why."""


def by_hand(row: Touchpoint) -> bool:
    """Whether a member of staff wrote it, not a form, a mail or a machine."""
    return row.by_id is not None and (row.key or HAND).startswith(HAND)


def move(row: Touchpoint, contact: Contact, *, by: Any) -> journal.Operation:
    """Let the note stand on *contact*'s record, with its inquiry and their next steps.

    It keeps its moment; the stage is the one of the new contact at that time. Raises
    ``Refused`` for what nobody wrote by hand, or what stands there already.
    """
    with transaction.atomic():
        note, before = _locked(row), row.contact_id
        if note.contact_id != before:
            raise Refused(_("Somebody has moved this note already."))
        if contact.pk == before:
            raise Refused(_("It stands on this record already."))
        inquiries = Inquiry.objects.filter(touchpoint=note)
        hanging = [
            FollowUp.objects.filter(inquiry__in=inquiries, contact_id=before),
            Rating.objects.filter(touchpoint=note),
            inquiries,
        ]
        entries: list[journal.Entry] = [
            (
                str(rows.model._meta.model_name),
                pk,
                "contact_id",
                before,
                contact.pk,
                before,
            )
            for rows in hanging
            for pk in rows.values_list("pk", flat=True)
        ]
        for rows in hanging:
            rows.update(contact=contact)
        now = {"contact_id": contact.pk, "stage": stage_of(contact.pk, note.at)}
        entries += [
            ("touchpoint", note.pk, name, getattr(note, name), new, before)
            for name, new in now.items()
            if getattr(note, name) != new
        ]
        Touchpoint.objects.filter(pk=note.pk).update(**now)
        operation = journal.record(MOVED, entries, by=by, summary=note.title)
        changes.note([before, contact.pk], ASPECT)
    return operation


def take_back(row: Touchpoint, *, by: Any) -> journal.Operation:
    """Remove the note as if it had never been written, with an inquiry nobody answered.

    Raises ``Refused`` for what nobody wrote by hand, and where somebody was answered.
    """
    with transaction.atomic():
        note = _locked(row)
        inquiries = Inquiry.objects.filter(touchpoint=note)
        if any(not inquiry.is_open or _was_closed(inquiry) for inquiry in inquiries):
            raise Refused(
                _("Its inquiry was answered or closed: the note has to stay.")
            )
        steps = FollowUp.objects.filter(inquiry__in=inquiries)
        if steps.exclude(done_at=None).exists():
            raise Refused(_("A step that followed from it is done: it has to stay."))
        gone: list[Any] = [
            *steps,
            *Rating.objects.filter(touchpoint=note),
            *inquiries,
            note,
        ]
        # Undone from the last to the first, so that what others hang on comes first.
        entries: list[journal.Entry] = [
            (
                str(each._meta.model_name),
                each.pk,
                "",
                journal.whole(each),
                None,
                note.contact_id,
            )
            for each in gone
        ]
        for each in gone:
            type(each).objects.filter(pk=each.pk).delete()
        operation = journal.record(TAKEN_BACK, entries, by=by, summary=note.title)
        changes.note([note.contact_id], ASPECT)
    return operation


def undo(operation: journal.Operation, *, by: Any) -> list[journal.Change]:
    """Put the note back where it stood; what was changed since is returned and left.

    Raises ``Refused`` when it was undone already or the record it stood on is gone.
    """
    with transaction.atomic():
        rows = journal.Operation.objects.select_for_update().filter(kind__in=KINDS)
        now = rows.get(pk=operation.pk)
        if now.undone_at:
            raise Refused(_("Somebody has undone this already."))
        ids = set(touched(now))
        if len(Contact.objects.in_bulk(ids)) < len(ids):
            raise Refused(_("The record it stood on was merged or deleted since."))
        left = journal.undo(now, by=by)
        changes.note(ids, ASPECT)
    return left


def touched(operation: journal.Operation) -> list[int]:
    """The contacts whose record the operation changed, the first one first."""
    said = operation.changes.filter(model="touchpoint").order_by("-id")
    found: list[Any] = list(said.values_list("about", flat=True))
    found += said.filter(field="contact_id").values_list("new", flat=True)
    return list(dict.fromkeys(found))


def _locked(row: Touchpoint) -> Touchpoint:
    rows = Touchpoint.objects.select_for_update(of=("self",))
    note = rows.filter(pk=row.pk).first()
    if note is None:
        raise Refused(_("Somebody has taken this note back already."))
    if not by_hand(note):
        raise Refused(_("Only what somebody wrote down by hand can be corrected."))
    return note


def _was_closed(inquiry: Inquiry) -> bool:
    """Also one that was opened again: somebody has had an answer."""
    said = journal.Change.objects.filter(about=inquiry.contact_id, model="inquiry")
    return said.filter(object_id=inquiry.pk, field="closed_at").exists()
