"""What this room tells the history: touchpoints, answered inquiries, done steps."""

import datetime as dt
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import Contact, FirstTouch

from .correcting import by_hand
from .history import EVERYTHING, Entry, Wanted, source
from .models import FollowUp, Inquiry, Touchpoint
from .people import Who, narrowed
from .sources import source_words

ICONS = {
    "form": "form",
    "inquiry": "help",
    "complaint": "warning",
    "feedback": "pick",
    "call": "mobile-alt",
    "visit": "home",
    "meeting": "desktop",
    "mail_in": "mail",
    "mail_out": "mail",
    "note": "edit",
    "click": "link",
    "page": "doc-full",
    "search": "search",
    "chat": "comment",
    "letter": "mail",
    "postcard": "mail",
    "new_year": "mail",
}


@source("touchpoints", kinds=tuple(ICONS), narrows=True, people=True)
def touchpoints(
    contact_id: Who,
    *,
    before: dt.datetime | None,
    limit: int,
    user: Any,
    wanted: Wanted = EVERYTHING,
) -> list[Entry]:
    rows = narrowed(Touchpoint.objects.visible_to(user), contact_id, "at")
    rows = rows.filter(_where(wanted))
    if before:
        rows = rows.filter(at__lt=before)
    rows = rows.select_related("by", "inquiry").order_by("-at", "-id")[:limit]
    return [_touchpoint_entry(row) for row in rows]


def _where(wanted: Wanted) -> Q:
    """What the query can leave out; answers of a form are looked through afterwards."""
    where = Q()
    if wanted.kinds:
        where &= Q(kind__in=[kind for kind in ICONS if kind.startswith(wanted.kinds)])
    if wanted.channel:
        where &= Q(channel=wanted.channel)
    if wanted.phase:
        where &= Q(phase=wanted.phase)
    if wanted.spellings:
        labels = Touchpoint.Kind.choices
        named = [kind for kind, label in labels if wanted.says(str(label))]
        text = ~Q(answers=[]) | Q(summary="", kind__in=named)
        for spelling in wanted.spellings:
            for column in ("summary", "body", "tags", "page_title"):
                text |= Q(**{f"{column}__icontains": spelling})
        where &= text
    return where


def _touchpoint_entry(row: Touchpoint) -> Entry:
    inquiry = getattr(row, "inquiry", None)
    return Entry(
        at=row.at,
        kind=row.kind,
        icon=ICONS[row.kind],
        title=row.title,
        body=row.body,
        url=inquiry.get_admin_url() if inquiry else "",
        channel=row.channel,
        direction=row.direction,
        by=row.by,
        key=f"touchpoint:{row.pk}",
        unverified=row.unverified,
        details=(*_details(row.answers), *_noted(row), *_state(inquiry)),
        page_title=row.page_title,
        page_url=row.page_url,
        phase=row.phase,
        note_id=row.pk if by_hand(row) else None,
        contact_id=row.contact_id,
    )


def _details(answers: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of label and answer as the form showed them; blanks left out."""
    pairs = [
        (str(answer.get("label", "")), str(answer.get("text", "")))
        for answer in answers
    ]
    return [(label, text) for label, text in pairs if text]


def _noted(row: Touchpoint) -> list[tuple[str, str]]:
    """What staff noted in single words: how it ended, and the tags."""
    pairs = [(_("Result"), str(row.get_result_display())), (_("Tags"), row.tags)]
    return [(label, text) for label, text in pairs if text]


def _state(inquiry: Inquiry | None) -> list[tuple[str, str]]:
    """Whether it is open or closed: a question, a complaint, a chat that asks."""
    return [(_("State"), inquiry.state)] if inquiry else []


@source("beginnings", kinds=("beginning",), phases=False)
def beginnings(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """How it began: the source of the first record, and who or what sent them."""
    visible = Contact.objects.visible_to(user)
    known = visible.filter(pk=contact_id)
    rows = FirstTouch.objects.filter(contact__in=known).select_related("contact")
    rows = rows.prefetch_related(Prefetch("contact__introduced_by", queryset=visible))
    if before:
        rows = rows.filter(at__lt=before)
    return [_beginning(row) for row in rows[:limit]]


def _beginning(row: FirstTouch) -> Entry:
    heard = (row.contact.get_heard_from_display(), row.contact.heard_from_note)
    words = ": ".join(filter(None, heard))
    introducer = str(row.contact.introduced_by or "")
    said = [(_("heard of us from"), words), (_("introduced by"), introducer)]
    where = {"source": source_words(row.channel, row.source)}
    return Entry(
        at=row.at,
        kind="beginning",
        icon="pick",
        title=_("First known to us: %(source)s") % where,
        channel=row.channel,
        direction="in",
        # The oldest of what happened at its moment.
        key=f"a:{row.pk}",
        details=tuple((label, text) for label, text in said if text),
        page_title=row.landing_url,
        page_url=row.landing_url,
    )


@source("inquiries", kinds=("inquiry_closed",), phases=False, people=True)
def inquiries(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """When an inquiry was answered or closed; its arrival is a touchpoint."""
    rows = narrowed(Inquiry.objects.visible_to(user), contact_id, "closed_at")
    rows = rows.filter(closed_at__isnull=False)
    if before:
        rows = rows.filter(closed_at__lt=before)
    rows = rows.select_related("answered_by").order_by("-closed_at", "-id")[:limit]
    return [
        Entry(
            at=row.closed_at,
            kind="inquiry_closed",
            icon="check",
            title=_closed_title(row),
            url=row.get_admin_url(),
            by=row.answered_by,
            key=f"inquiry:{row.pk}",
            contact_id=row.contact_id,
        )
        for row in rows
    ]


def _closed_title(row: Inquiry) -> str:
    if row.answered_at:
        return _("Inquiry %(reference)s answered") % {"reference": row.reference}
    return _("Inquiry %(reference)s closed without an answer") % {
        "reference": row.reference
    }


@source("follow-ups", kinds=("follow_up",), people=True)
def follow_ups(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """Steps that were done; open ones stand on Today and beside the record."""
    rows = narrowed(FollowUp.objects.visible_to(user), contact_id, "done_at")
    rows = rows.filter(done_at__isnull=False)
    if before:
        rows = rows.filter(done_at__lt=before)
    rows = rows.select_related("done_by").order_by("-done_at", "-id")[:limit]
    return [
        Entry(
            at=row.done_at,
            kind="follow_up",
            icon="check",
            title=_("Follow-up done: %(what)s") % {"what": row.what},
            body=row.outcome,
            url=reverse("crm_today:index"),
            channel=row.channel,
            phase=row.phase,
            by=row.done_by,
            key=f"follow_up:{row.pk}",
            contact_id=row.contact_id,
        )
        for row in rows
    ]
