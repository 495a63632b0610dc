"""A message template as somebody would get it: the same compiler, made-up values."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm_plugin import merge_tags, normalise, queue
from crm_plugin.conf import CrmSettings
from crm_plugin.touchpoints import inquiries

from . import messages, render
from .models import Delivery, ServiceMessage
from .post import default_sender
from .replay import Shown

KIND = "test"


def sample(message: ServiceMessage) -> Shown:
    """What *message* looks like. Raises ``merge_tags.MergeTagError``."""
    return _filled(*_compiled(message))


def send_test(message: ServiceMessage, *, to: Any) -> Delivery:
    """Mail *message* to the user *to* as anybody would get it, with made-up values.

    Raises ``merge_tags.MergeTagError``.
    """
    compiled, own = _compiled(message)
    rest = merge_tags.fallbacks(compiled.names, compiled.language)
    key = uuid.uuid4().hex
    marked = replace(compiled, subject=f"[Test] {compiled.subject}")
    delivery = Delivery.objects.create(
        kind=KIND,
        key=f"test-{key}",
        sender=default_sender(),
        address=to.email,
        address_norm=normalise.email(to.email),
        language=compiled.language,
        rendering=render.store(marked, kind=KIND, variant=key),
        values={**rest, **own},
        by=to,
    )
    queue.wake("deliver")
    return delivery


def _compiled(message: ServiceMessage) -> tuple[render.Compiled, dict[str, str]]:
    """The message by the same compiler, and a value for each tag of its kind."""
    kind = messages.kinds().get(message.kind)
    with override(message.language):
        own = _values(dict(kind.tags) if kind else {})
        buttons = {
            name: str(label) for name, label in (kind.tags if kind else {}).items()
        }
    body = messages.without_empty_paragraphs(message.body, own)
    merge_tags.parse(body, extra=own)
    compiled = render.compile_message(
        render.paragraphs(body, language=message.language, buttons=buttons),
        body,
        message.subject,
        language=message.language,
        sender=default_sender(),
        extra=own,
    )
    return compiled, own


def _filled(compiled: render.Compiled, values: dict[str, str]) -> Shown:
    rest = merge_tags.fallbacks(compiled.names, compiled.language)
    subject, text = merge_tags.scan(compiled.subject), merge_tags.scan(compiled.text)
    page = merge_tags.scan(compiled.html, markup=True)
    return Shown(
        subject=merge_tags.fill(subject, values, fallbacks=rest),
        html=merge_tags.fill(page, values, fallbacks=rest, markup=True),
        text=merge_tags.fill(text, values, fallbacks=rest),
    )


def _values(tags: dict[str, str]) -> dict[str, str]:
    """Something to see in every place of a kind."""
    shop = CrmSettings.load()
    soon = timezone.localtime() + dt.timedelta(days=1)
    known = {
        "reference": "Q000123",
        "business": shop.business_name or "…",
        "phone": shop.phone or "…",
        "answer_by": inquiries.by_when(soon),
        "when": formats.date_format(soon, "DATETIME_FORMAT"),
        "party": "2",
        "message": _("Do you have a table by the window?"),
    }
    return {
        name: "#" if name.endswith("_url") else known.get(name, f"[{label}]")
        for name, label in tags.items()
    }
