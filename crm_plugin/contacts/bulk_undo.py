"""Take a bulk change back as a whole; what was changed since is left, and shown."""

import time
from typing import Any, cast

from django.db import transaction
from django.db.models import F, Field
from django.utils import timezone

from crm_plugin import journal, queue
from crm_plugin.journal import Change

from . import bulk_acts, changes
from .bulk import breathe
from .models import BulkEdit, Contact, ContactValue

KIND = "bulk-undo"
SLICE = 2_000
SHOWN = 100
State = BulkEdit.State
VALUES = ("choice_id", "number", "text", "date")


class NotReady(Exception):
    """Only a change that is done, and not taken back yet, can be taken back."""


def start(edit: BulkEdit, *, by: Any) -> None:
    """Begin to take *edit* back. Raises ``NotReady``."""
    with transaction.atomic():
        claimed = BulkEdit.objects.filter(pk=edit.pk, state=State.DONE)
        if edit.operation is None or not claimed.update(state=State.UNDOING):
            raise NotReady
        total = edit.operation.changes.count()
        queue.start(KIND, str(edit.pk), total=total, by=by)


@queue.handler(KIND)
def run(work: queue.Work, until: float) -> bool:
    """Take back slices of changes, the newest first."""
    edit = BulkEdit.objects.select_related("operation").get(pk=work.key)
    if edit.state != State.UNDOING:
        return True
    while _slice(edit, work):
        breathe()
        if time.monotonic() > until:
            return False
    _finish(edit, work)
    return True


def _slice(edit: BulkEdit, work: queue.Work) -> bool:
    result = {"before": 0, "taken": 0, "left": 0, "left_ids": [], **work.result}
    rows = Change.objects.filter(operation=edit.operation)
    if result["before"]:
        rows = rows.filter(pk__lt=result["before"])
    with transaction.atomic():
        said = list(rows.order_by("-pk")[:SLICE])
        if not said:
            return False
        left = {change.about for change in _take_back(said)}
        taken = {change.about for change in said} - left
        if bulk_acts.moves_on(edit):
            contacts = Contact.objects.filter(pk__in=taken)
            contacts.update(version=F("version") + 1, updated_at=timezone.now())
        changes.note(taken, bulk_acts.aspect(edit))
        result |= {
            "before": said[-1].pk,
            "taken": result["taken"] + len(taken),
            "left": result["left"] + len(left),
            "left_ids": [*result["left_ids"], *sorted(left)][:SHOWN],
        }
        work.advance(work.position + len(said), result=result)
    return True


def _take_back(said: list[Change]) -> list[Change]:
    """Revert what still stands as it was left; return what does not."""
    moved_on = {change.pk for change in _changed_since(said)}
    kept = [change for change in said if change.pk not in moved_on]
    left = [change for change in said if change.pk in moved_on]
    return left + journal.revert(kept)


def _changed_since(said: list[Change]) -> list[Change]:
    """Values that were given and then changed, or emptied and then given anew."""
    values = ContactValue._meta.model_name
    whole = [c for c in said if not c.field and c.model == values]
    given = [change for change in whole if change.old is None]
    emptied = [change for change in whole if change.new is None]
    rows = ContactValue.objects.in_bulk([change.object_id for change in given])
    found = [c for c in given if not _stands(rows.get(c.object_id), c)]
    return found + _given_anew(emptied)


def _stands(row: ContactValue | None, change: Change) -> bool:
    said: Any = change.new
    columns = [cast(Field, ContactValue._meta.get_field(name)) for name in VALUES]
    return row is not None and all(
        getattr(row, column.attname) == column.to_python(said[column.attname])
        for column in columns
    )


def _given_anew(emptied: list[Change]) -> list[Change]:
    if not emptied:
        return []
    owners = {change.about for change in emptied}
    there = set(Contact.objects.filter(pk__in=owners).values_list("pk", flat=True))
    said: list[tuple[Change, Any]] = [(change, change.old) for change in emptied]
    definition = said[0][1]["definition_id"]
    held = ContactValue.objects.filter(owner__in=owners, definition=definition)
    anew = set(held.values_list("owner_id", "slot"))
    return [
        change
        for change, old in said
        if change.about not in there or (change.about, old["slot"]) in anew
    ]


def _finish(edit: BulkEdit, work: queue.Work) -> None:
    now, result = timezone.now(), work.result
    told = {name: result.get(name, 0) for name in ("taken", "left")}
    edit.counts = {**edit.counts, **told, "left_ids": result.get("left_ids", [])}
    edit.state = State.UNDONE
    with transaction.atomic():
        edit.save(update_fields=["counts", "state"])
        if edit.operation:
            edit.operation.undone_at, edit.operation.undone_by = now, work.by
            edit.operation.save(update_fields=["undone_at", "undone_by"])
