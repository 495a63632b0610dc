"""Dated next steps for a member of staff."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from .amending import DONE, amend
from .models import FollowUp, FollowUpQuerySet, Inquiry, Phase

PLANNED = "followup_planned"
STEPS = "steps"
EDITED = ("what", "due_on", "owner", "channel", "phase")


def plan(
    contact: Contact,
    *,
    due_on: dt.date,
    what: str,
    channel: str = "",
    owner: Any = None,
    inquiry: Inquiry | None = None,
    phase: str = "",
    by: Any = None,
) -> FollowUp:
    """Plan a next step; the same step that is planned already is not doubled.

    What follows from an inquiry is support unless *phase* says otherwise. Who planned
    it stands in the journal; *by* is None where a form did.
    """
    phase = phase or (Phase.SUPPORT if inquiry else "")
    with transaction.atomic():
        follow_up, created = FollowUp.objects.get_or_create(
            contact=contact,
            due_on=due_on,
            what=what[:200],
            owner=owner,
            done_at=None,
            defaults={"channel": channel, "inquiry": inquiry, "phase": phase},
        )
        if created:
            said = journal.whole(follow_up)
            entry = ("followup", follow_up.pk, "", None, said, contact.pk)
            journal.record(PLANNED, [entry], by=by, summary=follow_up.what)
            changes.note([contact.pk], STEPS)
    return follow_up


def planned(follow_up: FollowUp) -> journal.Operation | None:
    """When and by whom it was planned, as far as the journal knows."""
    rows = journal.Change.objects.filter(
        model="followup", object_id=follow_up.pk, field="", old__isnull=True
    )
    first = rows.select_related("operation__by").order_by("id").first()
    return first.operation if first else None


def done(follow_up: FollowUp, *, by: Any, outcome: str = "") -> bool:
    """Tick it off; false when somebody did so before."""
    values = {"done_at": timezone.now(), "done_by": by, "outcome": outcome[:200]}
    return _amend(follow_up, values, by=by, when={"done_at": None}, kind=DONE)


def undo_done(follow_up: FollowUp, *, by: Any = None) -> bool:
    """Take a tick back; false when somebody did so before."""
    values = {"done_at": None, "done_by": None, "outcome": ""}
    return _amend(follow_up, values, by=by, when={"done_at__isnull": False})


def move(follow_up: FollowUp, due_on: dt.date, *, by: Any = None) -> bool:
    """Put an open step off to another day."""
    return _amend(follow_up, {"due_on": due_on}, by=by, when={"done_at": None})


def change(follow_up: FollowUp, values: dict[str, Any], *, by: Any) -> bool:
    """Change any of ``EDITED`` in an open step; false when somebody has done it."""
    return _amend(follow_up, values, by=by, when={"done_at": None})


def due(user: Any, *, on: dt.date | None = None, owner: Any = None) -> FollowUpQuerySet:
    """Open steps up to and including day *on* (today), oldest first; *owner*'s only."""
    on = on or timezone.localdate()
    rows = FollowUp.objects.visible_to(user).open().filter(due_on__lte=on)
    if owner:
        rows = rows.filter(owner=owner)
    return rows.order_by("due_on", "id")


def _amend(follow_up: FollowUp, values: dict[str, Any], **said: Any) -> bool:
    with transaction.atomic():
        changed = amend(follow_up, values, **said)
        if changed:
            changes.note([follow_up.contact_id], STEPS)
    return changed
