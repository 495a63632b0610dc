"""The only way in which a single message leaves: one row in the outbox."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from crm_plugin import merge_tags, normalise, queue
from crm_plugin.consents.models import Topic
from crm_plugin.contacts.models import Contact, ContactPoint

from . import messages, render
from .leads import Leads, in_html, in_text, spelt
from .models import Delivery, Rendering, Sender


def default_sender() -> Sender | None:
    """Who signs service messages: the one marked for it, else the oldest."""
    return Sender.objects.order_by("-is_default", "id").first()


def post(
    kind: str,
    *,
    contact: Contact | None,
    address: str,
    point: ContactPoint | None = None,
    context: Mapping[str, Any],
    key: str,
    language: str,
    sender: Sender | None = None,
    subject: str | None = None,
    body: str | None = None,
    by: Any = None,
    marketing: bool = False,
    topic: Topic | None = None,
    leads: Leads | None = None,
) -> Delivery:
    """Put one message of *kind* to *address* into the outbox, once per *key*.

    ``context`` fills the merge tags of the kind; ``subject`` and ``body``, when
    given, are sent as they stand (no tag in them is read). A ``marketing`` message
    needs consent to ``topic`` at hand-over, else only a bounced address holds it.
    ``leads`` are tags of the kind that lead somewhere, the same for everybody.

    Raises ``messages.UnknownKind``.
    """
    if (existing := Delivery.objects.filter(key=key).first()) is not None:
        return existing
    language = language or settings.LANGUAGE_CODE
    sender = sender or default_sender()
    if marketing and topic is None:
        topic = Topic.objects.filter(active=True).first()
    template, own = _said(kind, language, context, subject=subject, body=body)
    shown: dict[str, Any] = {"language": language, "sender": sender, "topic": topic}
    rendering = _rendering(kind, template, own, leads=leads or {}, **shown)
    return _once(
        key,
        kind=kind,
        contact=contact,
        point=point,
        address=address.strip(),
        address_norm=normalise.email(address),
        rendering=rendering,
        values={**_values(rendering, contact, language), **own},
        by=by,
        **shown,
    )


def _once(key: str, **values: Any) -> Delivery:
    """The delivery called *key*: made and announced now, unless it stands already."""
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(key=key, **values)
    except IntegrityError:
        return Delivery.objects.get(key=key)
    queue.wake("deliver")
    return delivery


def forget_value(keys: Iterable[str], name: str) -> None:
    """Empty the value called *name* of the messages with these keys; they stay sent."""
    rows = list(Delivery.objects.filter(key__in=list(keys)).only("pk", "values"))
    for row in rows:
        row.values = {**row.values, name: ""}
    Delivery.objects.bulk_update(rows, ["values"])


def _said(
    kind: str,
    language: str,
    context: Mapping[str, Any],
    *,
    subject: str | None,
    body: str | None,
) -> tuple[messages.Text, dict[str, str]]:
    """The text to compile, and the values that only this message has."""
    own = {name: merge_tags.clean(value) for name, value in context.items()}
    text = messages.text_for(messages.kind_of(kind), language)
    if subject is not None:
        own["subject"] = merge_tags.clean(subject)
        text = messages.Text("{{ subject }}", text.body)
    if body is not None:
        own["body"] = merge_tags.clean(body)
        text = messages.Text(text.subject, "{{ body }}")
    return text, own


def _rendering(
    kind: str,
    template: messages.Text,
    own: Mapping[str, str],
    *,
    language: str,
    sender: Sender | None,
    topic: Topic | None,
    leads: Leads,
) -> Rendering:
    """The stored rendering of a service text; the same text is stored once."""
    known = {**_all_tags(kind), **own, **{n: lead.address for n, lead in leads.items()}}
    body = spelt(messages.without_empty_paragraphs(template.body, known), leads)
    html = render.paragraphs(
        body,
        language=language,
        buttons=messages.buttons(kind, language),
    )
    compiled = render.compile_message(
        in_html(html, leads),
        in_text(body, leads),
        template.subject,
        language=language,
        sender=sender,
        topic=topic,
        extra={*_all_tags(kind), *own},
    )
    return render.store(compiled, kind=kind)


def _all_tags(kind: str) -> dict[str, str]:
    return dict.fromkeys(messages.kind_of(kind).tags, "")


def _values(
    rendering: Rendering, contact: Contact | None, language: str
) -> dict[str, str]:
    if contact is None:
        return {}
    texts = (rendering.subject, rendering.text)
    wanted = [n for text in texts for n in merge_tags.names(merge_tags.scan(text))]
    return merge_tags.values_for([contact.pk], wanted, language=language)[contact.pk]
