"""Taking a merge apart again: both records as they were, what is newer stays."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import links, records
from crm_plugin.contacts.models import Contact, ContactAlias
from crm_plugin.journal import Change, Operation, heirs

from .again import after_deadlock
from .refusals import AlreadyUndone, Gone, MergedOn, TooLate
from .verb import ASPECTS, KIND

UNDO_DAYS = 30
QUIET = {"version", "updated_at"}


@dataclass
class Parting:
    """One undo under way: what the rooms' ``clear`` and ``part`` get.

    ``points`` tells of the duplicate's contact points that had become one with a
    point of the survivor's: {its id: the survivor's}.
    """

    survivor: Contact
    duplicate_id: int
    operation: Operation
    by: Any
    points: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Undone:
    """Both records, and the changes of the merge that somebody changed again since."""

    survivor: Contact
    duplicate: Contact
    left: list[Change]


def merged_into(contact_id: int) -> QuerySet[Change]:
    """What was merged into this contact and stands so, newest first.

    Each is the journal's line that holds the other record as it was.
    """
    rows = Change.objects.filter(
        model="contact", about=contact_id, field="", new__isnull=True
    )
    return _standing(rows)


@after_deadlock
def undo_merge(operation: Operation, *, by: Any) -> Undone:
    """Put both records back as they were before *operation*, row for row.

    What was added to the survivor since stays with it; what was changed since is left,
    and told. Raises ``Refused``: ``TooLate``, ``AlreadyUndone``, ``MergedOn``, ``Gone``.
    """
    with transaction.atomic():
        operation = Operation.objects.select_for_update().get(pk=operation.pk)
        survivor, gone = check(operation, lock=True)
        parting = Parting(survivor, gone.object_id, operation, by, _joined(operation))
        for link in links.registered():
            if link.clear:
                link.clear(parting)
        left = journal.undo(operation, by=by)
        told = [change for change in left if change.field not in QUIET]
        if len(told) < len(left):
            _moved_on(survivor)
        for link in links.registered():
            if link.part:
                link.part(parting)
        records.finish([survivor.pk, gone.object_id], ASPECTS)
    survivor.refresh_from_db()
    return Undone(survivor, Contact.objects.get(pk=gone.object_id), told)


def check(operation: Operation, *, lock: bool = False) -> tuple[Contact, Change]:
    """The survivor, and the line with the other record; ``Refused`` if it cannot be."""
    gone = line(operation)
    if operation.undone_at:
        raise AlreadyUndone
    if operation.at < timezone.now() - dt.timedelta(days=UNDO_DAYS):
        raise TooLate
    later = _later(gone)
    if later:
        raise MergedOn(later.operation)
    rows = Contact.objects.select_for_update() if lock else Contact.objects.all()
    survivor = rows.filter(pk=gone.about).first()
    if survivor is None:
        raise Gone
    return survivor, gone


def line(operation: Operation) -> Change:
    """The journal's line that holds the record which was merged into another."""
    rows = operation.changes.filter(model="contact", field="", new__isnull=True)
    gone = rows.first() if operation.kind == KIND else None
    if gone is None:
        raise Gone
    return gone


def _later(gone: Change) -> Change | None:
    """A merge that stands in the way: into the same record, or of it into another."""
    newer = merged_into(gone.about).filter(operation_id__gt=gone.operation_id)
    moved = Change.objects.filter(
        model="contact", object_id=gone.about, field="", new__isnull=True
    )
    return newer.first() or _standing(moved).first()


def _standing(rows: QuerySet[Change]) -> QuerySet[Change]:
    rows = rows.filter(operation__kind=KIND, operation__undone_at=None)
    return rows.select_related("operation__by").order_by("-operation_id")


def _joined(operation: Operation) -> dict[int, int]:
    added = operation.bundles.filter(model="crm_plugin.pointalias", kind="added")
    return {row["old_id"]: row["point_id"] for bundle in added for row in bundle.rows}


def _moved_on(survivor: Contact) -> None:
    """Somebody edited the merged record: a form opened on it is out of date."""
    rows = Contact.objects.filter(pk=survivor.pk)
    rows.update(version=F("version") + 1, updated_at=timezone.now())


def _led_to(keys: Collection[int]) -> dict[int, int]:
    """Whoever introduced somebody and was merged since is found under another id."""
    rows = ContactAlias.objects.filter(old_id__in=keys)
    return dict(rows.values_list("old_id", "contact_id"))


heirs.register(Contact, _led_to)
