"""Feedback in a submission: its scores as numbers, and a person for the low ones."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints import follow_ups, inquiries, ratings
from crm_plugin.touchpoints.models import Inquiry, Phase, Rating, Touchpoint

from . import said
from .models import Submission

PREFIX = "score."


def scores_of(row: Submission, *, low: bool = False) -> dict[str, int]:
    """{scale: score}, the first answer of each scale; only the *low* ones."""
    found: dict[str, int] = {}
    for answer in row.answers:
        if low and not answer.get("low"):
            continue
        scale = str(answer.get("field") or "").removeprefix(PREFIX)
        if answer.get("field") == PREFIX + scale and scale in Rating.Scale:
            found.setdefault(scale, int(answer["value"]))
    return found


def is_low(row: Submission) -> bool:
    """Whether the page called one of the scores low."""
    return any(answer.get("low") for answer in row.answers)


def from_nobody(row: Submission, values: dict[str, Any]) -> bool:
    """Whether it says nothing of who sent it, and nobody has to react."""
    anonymous = not values and not row.contact_id
    return row.kind == Submission.Kind.FEEDBACK and anonymous and not is_low(row)


def words_of(row: Submission, *, low: bool = False) -> str:
    """The scores in a line: 2 / 5, 3 / 10."""
    scores = scores_of(row, low=low).items()
    return ", ".join(Rating(scale=scale, score=score).words for scale, score in scores)


def keep(
    row: Submission, contact: Contact | None, touchpoint: Touchpoint | None
) -> None:
    """Store the scores; those of a low one put somebody to work.

    The number that came by the link of a mail counts as its recipient's, whatever the
    browser; the touchpoint and the words with it do not.
    """
    if not scores_of(row):
        return
    counts = row.invited and row.kind == Submission.Kind.FEEDBACK
    ratings.rate(
        contact,
        touchpoint,
        scores_of(row),
        key=row.touch_key,
        at=row.received_at,
        page_id=row.page_id,
        page_title=row.page_title,
        unverified=bool(touchpoint and touchpoint.unverified and not counts),
    )
    if contact is not None and is_low(row):
        _react(row, contact, touchpoint)


def _react(row: Submission, contact: Contact, touchpoint: Touchpoint | None) -> None:
    """An answer is owed to words that can be answered; else there is a next step."""
    title = {"score": words_of(row, low=True), "page": row.page_title}
    reply_to = row.email_norm or _known_address(row, contact)
    if said.message_of(row) and reply_to:
        inquiries.open_inquiry(
            contact,
            touchpoint,
            kind=Inquiry.Kind.QUESTION,
            subject=_("Low score %(score)s: %(page)s") % title,
            language=row.language,
            reply_to=reply_to,
            reference=row.reference,
            owner=contact.owner,
        )
        return
    follow_ups.plan(
        contact,
        due_on=timezone.localdate(),
        what=_("Low score %(score)s: %(page)s") % title,
        owner=contact.owner,
        phase=Phase.SUCCESS,
        by=None,
    )


def _known_address(row: Submission, contact: Contact) -> str:
    """Where to answer somebody who came by a link that was sent to them."""
    if not row.invited:
        return ""
    points = contact.points.filter(kind="email").order_by("-preferred", "id")
    return points.values_list("value_norm", flat=True).first() or ""
