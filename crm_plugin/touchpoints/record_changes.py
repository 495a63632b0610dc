"""Changes to the record as entries of its history, told from the journal."""

import datetime as dt
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm_plugin.contacts import changed, telling
from crm_plugin.journal import Operation

from . import correcting, follow_ups
from .amending import CLOSED, DONE
from .history import Entry, source
from .sources import channel_words

telling.in_words["firsttouch", "channel"] = channel_words
# Operations that other sources tell better, or that touch no value of the record.
TOLD_ELSEWHERE = {"export", "preferences", CLOSED, DONE}


@source("changes", kinds=("change",), phases=False)
def changes(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """Who changed what, from what to what; only what *user* may read."""
    titles = {
        "create": _("Contact added"),
        "claim": _("A change from a form was accepted"),
        "claim_asked": _("A change from a form was accepted: the person was asked"),
        "confirm": _("Confirmed by the person"),
        "import": _("Changed by an import"),
        "bulk": _("Changed for many contacts at once"),
        "another_person": _("Made a contact of its own"),
        "merge": _("Two records were made one"),
        "inquiry": _("Inquiry changed"),
        "followup": _("Next step changed"),
        follow_ups.PLANNED: _("Next step planned"),
        correcting.MOVED: _("A note was moved to another contact"),
        correcting.TAKEN_BACK: _("A note was taken back"),
    }
    return [
        Entry(
            at=entry.operation.at,
            kind="change",
            icon="history",
            title=titles.get(entry.operation.kind, _("Record changed")),
            by=entry.operation.by,
            url=_address(entry.operation, user),
            key=f"operation:{entry.operation.pk}",
            details=(*entry.lines, *_undone(entry.operation)),
        )
        for entry in changed.of(contact_id, before=before, limit=limit, user=user)
        if entry.operation.kind not in TOLD_ELSEWHERE
    ]


def _undone(operation: Operation) -> list[tuple[str, str]]:
    if operation.undone_at is None:
        return []
    at = timezone.localtime(operation.undone_at)
    return [(_("Undone"), date_format(at, "SHORT_DATETIME_FORMAT"))]


def _address(operation: Operation, user: Any) -> str:
    """Where a merge or a note that was corrected can be undone, for those who may."""
    known = {"merge": ("merge_contact", "crm_merge:undo")}
    known |= dict.fromkeys(
        correcting.KINDS, ("change_touchpoint", "crm_touchpoint:undo")
    )
    right, name = known.get(operation.kind, ("", ""))
    if not right or operation.undone_at or not user.has_perm(f"crm_plugin.{right}"):
        return ""
    try:
        return reverse(name, args=[operation.pk])
    except NoReverseMatch:
        return ""
