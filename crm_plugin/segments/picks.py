"""Segments that people are put into by hand, one by one or as a whole selection.

Such a segment is a segment as any other: its rule asks who was picked, and may ask
more. A selection is frozen by being picked: who comes later is not in it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import F, Value
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import bulk_acts, changes
from crm_plugin.contacts.models import BulkEdit, Contact
from crm_plugin.contacts.statements import (
    AsMoment,
    as_object,
    insert,
    journal_rows,
)

from . import sensitivity
from .models import PICKED, Segment, SegmentPick

ASPECT = "picks"
RIGHT = "crm_plugin.change_segment"


class NotByHand(ValueError):
    """The segment's rule does not ask who was put into it."""


def create(name: str, *, by: Any, publish: bool = True) -> Segment:
    """A new segment that people are put into by hand, empty so far."""
    with transaction.atomic():
        segment = Segment(name=name, live=False)
        segment.save()
        asks: Any = [{"type": PICKED, "value": {"segment": segment.key}}]
        segment.rule = asks
        segment.save()
        revision = segment.save_revision(user=by)
        if publish:
            revision.publish(user=by)
            segment.refresh_from_db()
    return segment


def pick(segment: Segment, contact_ids: Collection[int], *, by: Any) -> set[int]:
    """Put these contacts into *segment*; the ids of those who were not in it yet.

    Raises ``NotByHand``.
    """
    return _act(_put, "pick", segment, contact_ids, by)


def unpick(segment: Segment, contact_ids: Collection[int], *, by: Any) -> set[int]:
    """Take these contacts out of *segment*; the ids of those who had been put in.

    Raises ``NotByHand``.
    """
    return _act(_take, "unpick", segment, contact_ids, by)


def _act(
    verb: Any, kind: str, segment: Segment, contact_ids: Collection[int], by: Any
) -> set[int]:
    if not segment.hand_picked:
        raise NotByHand
    with transaction.atomic():
        operation = journal.Operation.objects.create(
            kind=kind, by=by, summary=str(segment)
        )
        changed = verb(operation, segment.pk, sorted(contact_ids), timezone.now())
        if not changed:
            operation.delete()
        changes.note(changed, ASPECT)
    return changed


def _put(
    operation: journal.Operation, segment_id: int, ids: Sequence[int], at: dt.datetime
) -> set[int]:
    _one_at_a_time(segment_id)
    held = SegmentPick.objects.filter(segment=segment_id, contact__in=ids)
    there = set(held.values_list("contact_id", flat=True))
    columns = {
        "segment_id": Value(segment_id, output_field=models.BigIntegerField()),
        "contact_id": F("pk"),
        "picked_at": Value(at, output_field=models.DateTimeField()),
        "picked_by_id": Value(operation.by_id, output_field=models.IntegerField()),
    }
    insert(SegmentPick, columns, Contact.objects.filter(pk__in={*ids} - there))
    created = held.exclude(contact__in=there)
    journal_rows(operation, created, about="contact_id", field=Value(""), new=_whole())
    return set(created.values_list("contact_id", flat=True))


def _take(
    operation: journal.Operation, segment_id: int, ids: Sequence[int], at: dt.datetime
) -> set[int]:
    _one_at_a_time(segment_id)
    held = SegmentPick.objects.filter(segment=segment_id, contact__in=ids)
    there = set(held.values_list("contact_id", flat=True))
    journal_rows(operation, held, about="contact_id", field=Value(""), old=_whole())
    held.delete()
    return there


def _one_at_a_time(segment_id: int) -> None:
    """Two who pick the same people into one segment do not trip over each other."""
    list(Segment.objects.select_for_update().filter(pk=segment_id).values("pk"))


def _whole() -> Any:
    """A pick as the journal keeps it, to bring it back."""
    names = ("id", "segment_id", "contact_id", "picked_by_id")
    plain = {name: name for name in names}
    return as_object(**plain, picked_at=AsMoment("picked_at"))


def _in_bulk(verb: Any) -> Any:
    def apply(edit: BulkEdit, ids: Sequence[int], at: dt.datetime) -> set[int]:
        known = Segment.objects.visible_to(edit.by).hand_picked()
        segment = known.filter(pk=edit.value).first()
        may = edit.by is not None and edit.by.has_perm(RIGHT)
        if segment is None or edit.operation is None or not may:
            return set()
        if edit.sensitive and verb is _put:
            sensitivity.picked_by_something_sensitive(segment)
        return verb(edit.operation, segment.pk, ids, at)

    return apply


for _act_name, _verb in ((BulkEdit.Act.PICK, _put), (BulkEdit.Act.UNPICK, _take)):
    bulk_acts.teach(_act_name, right=RIGHT, aspect=ASPECT, apply=_in_bulk(_verb))
