"""Inquiries and complaints: an answer is owed, by a time, by somebody."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact

from . import references
from .amending import CLOSED, amend
from .happened import MEANINGS, Happened
from .log import ASPECT, record
from .models import Inquiry, InquiryQuerySet, Phase, Touchpoint

ANYBODY: Any = object()


def open_inquiry(
    contact: Contact,
    touchpoint: Touchpoint | None,
    *,
    kind: str = Inquiry.Kind.QUESTION,
    subject: str = "",
    language: str = "",
    reply_to: str = "",
    reference: str = "",
    new: bool = False,
    owner: Any = None,
) -> Inquiry:
    """Open an inquiry, owed within ``CrmSettings.due_hours``; same for a known key.

    A second call with the same *reference* returns the inquiry that stands already;
    *new*: the caller holds what the reference stands for, so there is none.
    """
    guarded = bool(reference) and not new
    reference = reference or references.make("Q")
    if guarded:
        known = Inquiry.objects.filter(reference=reference).first()
        if known:
            return known
    received_at = touchpoint.at if touchpoint else timezone.now()
    inquiry = Inquiry(
        reference=reference,
        contact=contact,
        touchpoint=touchpoint,
        kind=kind,
        subject=subject[:200],
        language=language,
        reply_to=reply_to,
        owner=owner,
        received_at=received_at,
        due_at=received_at + dt.timedelta(hours=CrmSettings.load().due_hours),
    )
    try:
        with transaction.atomic(savepoint=guarded):
            inquiry.save(force_insert=True)
            changes.note([contact.pk], ASPECT)
    except IntegrityError:
        if not guarded:
            raise
        return Inquiry.objects.get(reference=reference)
    return inquiry


def close(inquiry: Inquiry, *, by: Any, answered: bool = True) -> bool:
    """Close it, answered or not; false when it was closed by somebody else before."""
    now = timezone.now()
    values: dict[str, Any] = {"closed_at": now}
    if answered:
        values |= {"answered_at": now, "answered_by": by}
    return _set(inquiry, values, by=by, when={"closed_at": None}, kind=CLOSED)


def answer_by_call(inquiry: Inquiry, *, note: str, by: Any, key: str) -> Touchpoint:
    """She was called and has her answer: note it and close the inquiry."""
    summary = _("Answered by phone: %(what)s")
    with transaction.atomic():
        touchpoint = _call(inquiry, Happened.CALL_OUT, summary, note, by=by, key=key)
        close(inquiry, by=by)
    return touchpoint


def not_reached(inquiry: Inquiry, *, note: str, by: Any, key: str) -> Touchpoint:
    """We rang and nobody answered: noted, and the answer is still owed."""
    summary = _("Not reached: %(what)s")
    return _call(inquiry, Happened.MISSED, summary, note, by=by, key=key)


def _call(
    inquiry: Inquiry, happened: Happened, summary: str, note: str, *, by: Any, key: str
) -> Touchpoint:
    means = MEANINGS[happened]
    return record(
        inquiry.contact,
        means.kind,
        channel=means.channel,
        direction=means.direction,
        summary=summary % {"what": inquiry.subject or inquiry.reference},
        body=note,
        by=by,
        key=f"called:{inquiry.pk}:{key}",
        phase=Phase.SUPPORT,
    )


def reopen(inquiry: Inquiry, *, by: Any = None) -> bool:
    """Undo a closing: the answer is owed again, by the same time as before."""
    values = {"closed_at": None, "answered_at": None, "answered_by": None}
    return _set(inquiry, values, by=by, when={"closed_at__isnull": False})


def assign(
    inquiry: Inquiry, owner: Any, *, instead_of: Any = ANYBODY, by: Any = None
) -> bool:
    """Say who answers; ``None`` for whoever has time.

    False, and nothing written, when it is no longer the one read as *instead_of*.
    """
    when = None if instead_of is ANYBODY else {"owner": instead_of}
    return _set(inquiry, {"owner": owner}, by=by, when=when)


def waiting(user: Any, *, owner: Any = None) -> InquiryQuerySet:
    """The open inquiries that *user* may see, the most urgent first."""
    rows = Inquiry.objects.visible_to(user).open().by_urgency()
    return rows.filter(owner=owner) if owner else rows


def by_when(due_at: dt.datetime) -> str:
    """When an answer is owed, for a sentence that a full stop ends."""
    local = timezone.localtime(due_at)
    return _("%(time)s on %(day)s") % {
        "time": date_format(local, "TIME_FORMAT"),
        "day": date_format(local, "DATE_FORMAT"),
    }


def holds(kind: str | None = None) -> QuerySet:
    """Contact ids with an open inquiry (or only of one *kind*): campaigns wait."""
    rows = Inquiry.objects.open()
    if kind:
        rows = rows.filter(kind=kind)
    return rows.values("contact_id")


def _set(inquiry: Inquiry, values: dict[str, Any], **said: Any) -> bool:
    with transaction.atomic():
        changed = amend(inquiry, values, **said)
        if changed:
            changes.note([inquiry.contact_id], ASPECT)
    return changed
