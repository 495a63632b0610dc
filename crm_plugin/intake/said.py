"""What a submission said, in the terms of the field registry."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin import normalise
from crm_plugin.contacts import fields

from .models import Submission

MESSAGE = "message"
ECHO_LENGTH = 2_000


def values_of(submission: Submission) -> dict[str, Any]:
    """The answers that map to fields of the registry, cleaned.

    What a field refuses by now (a choice was retired since) stands in the history
    only: no answer may keep the others from arriving.
    """
    raw: dict[str, Any] = {}
    for answer in submission.answers:
        raw.setdefault(answer.get("field") or "", answer.get("value"))
    found = {}
    for name, field in fields.named(raw).items():
        try:
            value = field.clean(raw[name])
        except ValueError:
            continue
        if value is not None:
            found[name] = value
    return {name: found[name] for name in raw if name in found}


def shareable(submission: Submission) -> list[dict[str, Any]]:
    """The answers without those to sensitive attributes.

    Those stand on the submission and become attributes or claims, which have readers
    of their own; the history and the outbox are read by everybody.
    """
    secret = secret_fields([submission])
    return [each for each in submission.answers if each.get("field") not in secret]


def secret_fields(submissions: Iterable[Submission]) -> set[str]:
    """The sensitive attributes that *submissions* answer to; two queries for many."""
    mapped = {
        str(answer.get("field") or "") for row in submissions for answer in row.answers
    }
    attributes = fields.named(name for name in mapped if name.startswith("attribute."))
    return {name for name, field in attributes.items() if field.sensitive}


def message_of(submission: Submission) -> str:
    """Her own words: every answer that was mapped to the message.

    A wish for a booking that became an inquiry is part of them.
    """
    texts = [a["text"] for a in submission.answers if a.get("field") == MESSAGE]
    if submission.kind != Submission.Kind.BOOKING:
        wish = [
            f"{answer['label']}: {answer['text']}"
            for answer in submission.answers
            if str(answer.get("field")).startswith("booking.")
        ]
        texts.insert(0, "\n".join(wish))
    return "\n\n".join(text for text in texts if text)


def label_of(submission: Submission, field: str) -> tuple[str, str]:
    """(label, text) of the answer that was mapped to *field*."""
    for answer in submission.answers:
        if answer.get("field") == field:
            return str(answer["label"]), str(answer["text"])
    return field, ""


def echo_of(submission: Submission) -> str:
    """What was typed, for the automatic mail: without anything that can be clicked.

    Whoever typed it may not own the address it goes to.
    """
    lines = [
        f"{answer['label']}: {without_links(str(answer['text']))}"
        for answer in shareable(submission)
        if answer.get("field") != "point.email"
    ]
    text = "\n".join(lines)
    return text if len(text) <= ECHO_LENGTH else f"{text[:ECHO_LENGTH]} …"


def without_links(text: str) -> str:
    """*text* with every address replaced by a word that says so."""
    return normalise.LINKS.sub(_("[link removed]"), normalise.text(text, lines=True))
