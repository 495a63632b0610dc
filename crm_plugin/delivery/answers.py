"""An answer by a person: one mail through the outbox, and the inquiry is closed."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from crm_plugin import merge_tags, normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.touchpoints import inquiries
from crm_plugin.touchpoints.models import Inquiry

from . import messages, render
from .models import Delivery, ServiceMessage
from .origin import origin_of
from .post import default_sender, post

KIND = "answer"
MOST = 50
LOST = (
    Delivery.State.BOUNCED,
    Delivery.State.FAILED,
    Delivery.State.UNCERTAIN,
    Delivery.State.SKIPPED,
)


class NoAddress(Exception):
    """There is no e-mail address to answer to."""


def address_of(inquiry: Inquiry) -> str:
    """Where the answer goes: what was typed, else her own first address, else ""."""
    if inquiry.reply_to:
        return inquiry.reply_to
    points = _mail_points(inquiry).filter(undeliverable_at=None)
    point = points.order_by("-preferred", "id").first()
    return point.value if point else ""


def answer_by_mail(
    inquiry: Inquiry, *, subject: str, body: str, by: Any, key: str = "1"
) -> Delivery:
    """Post the answer and close the inquiry; the same *key* sends one mail only.

    The mail stands in the history as a delivery, so no touchpoint is written for it.
    Raises ``NoAddress``.
    """
    address = address_of(inquiry)
    if not address:
        raise NoAddress
    norm = normalise.email(address)
    with transaction.atomic():
        delivery = post(
            KIND,
            contact=inquiry.contact,
            address=address,
            point=_mail_points(inquiry).filter(value_norm=norm).first(),
            context={"subject": subject, "body": body, "reference": inquiry.reference},
            key=key_of(inquiry, key),
            language=language_of(inquiry),
            subject=subject,
            body=body,
            by=by,
        )
        inquiries.close(inquiry, by=by)
    return delivery


def already_sent(inquiry: Inquiry, key: str) -> bool:
    """Whether this very answer is in the outbox: a second click, or a reload."""
    return Delivery.objects.filter(key=key_of(inquiry, key)).exists()


def last(inquiry: Inquiry) -> Delivery | None:
    """The answer that went out last, with its state in the outbox."""
    rows = Delivery.objects.filter(contact_id=inquiry.contact_id, kind=KIND)
    return rows.filter(key__startswith=key_of(inquiry, "")).order_by("-id").first()


def not_arrived(user: Any, *, days: int = 14) -> list[tuple[Inquiry, Delivery]]:
    """Answers that never reached the person, while we think that all is well.

    Gone from the list as soon as somebody reopens the inquiry or answers otherwise.
    """
    since = timezone.now() - dt.timedelta(days=days)
    answered = Inquiry.objects.visible_to(user).filter(answered_at__gte=since)
    rows = Delivery.objects.visible_to(user).filter(
        kind=KIND,
        state__in=LOST,
        created_at__gte=since,
        contact_id__in=answered.values("contact_id"),
    )
    lost = {_inquiry_id(row): row for row in rows.order_by("id")[:MOST]}
    found = answered.select_related("contact").in_bulk(lost.keys())
    pairs = [(inquiry, lost[pk]) for pk, inquiry in found.items()]
    return [pair for pair in pairs if _is_the_answer(*pair)]


def _inquiry_id(delivery: Delivery) -> int:
    return int((delivery.key or "::").split(":")[1] or 0)


def _is_the_answer(inquiry: Inquiry, delivery: Delivery) -> bool:
    """Nobody answered again after this one."""
    later = delivery.created_at + dt.timedelta(seconds=10)
    return inquiry.answered_at is not None and inquiry.answered_at <= later


def key_of(inquiry: Inquiry, key: str) -> str:
    return f"answer:{inquiry.pk}:{key}"


def starts(inquiry: Inquiry) -> list[dict[str, Any]]:
    """The templates offered as a start, filled in for her, in her language first."""
    language = language_of(inquiry).split("-")[0]
    rows = ServiceMessage.objects.filter(for_answers=True).order_by("title", "id")
    shop = CrmSettings.load()
    own = {
        "reference": inquiry.reference,
        "business": shop.business_name,
        "phone": shop.phone,
    }
    found = []
    for row in sorted(rows, key=lambda row: not row.language.startswith(language)):
        text = _filled(row, inquiry.contact_id, own)
        found.append(
            {
                "id": row.pk,
                "title": row.title,
                "language": row.language,
                "subject": text.subject,
                "body": text.body,
            }
        )
    return found


def preview(inquiry: Inquiry, *, subject: str, body: str) -> dict[str, str]:
    """What ``answer_by_mail`` would put into the outbox, nothing stored."""
    sender, language = default_sender(), language_of(inquiry)
    origin = origin_of(sender, language)
    compiled = render.compile_message(
        "",
        "{{ body }}",
        "{{ subject }}",
        language=language,
        sender=sender,
        extra=("subject", "body"),
    )
    said = {"subject": merge_tags.clean(subject), "body": merge_tags.clean(body)}
    return {
        "sender": f"{origin.name} <{origin.email}>" if sender else "",
        "subject": merge_tags.fill(merge_tags.scan(compiled.subject), said),
        "text": merge_tags.fill(merge_tags.scan(compiled.text), said),
    }


def language_of(inquiry: Inquiry) -> str:
    """In which language she is answered: the form's, else her own."""
    return inquiry.language or inquiry.contact.language or settings.LANGUAGE_CODE


def _filled(row: ServiceMessage, contact_id: int, own: dict[str, str]) -> messages.Text:
    """A template whose braces are broken is offered as it stands."""
    try:
        return messages.filled(row, contact_id, own=own)
    except merge_tags.MergeTagError:
        return messages.Text(row.subject, row.body)


def _mail_points(inquiry: Inquiry) -> Any:
    return ContactPoint.objects.filter(
        contact_id=inquiry.contact_id, kind=ContactPoint.Kind.EMAIL
    )
