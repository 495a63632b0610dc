"""Store what a visitor sent, before anything else is tried with it."""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_plugin import normalise, queue, signing
from crm_plugin.touchpoints import references

from . import quarantine
from .models import Submission, Upload
from .uploads import claim

# How much of a key tells the rendering of the form; the rest tells the answers.
RENDERING = 24
SOURCE_LENGTHS = {
    "utm_source": 120,
    "utm_medium": 120,
    "utm_campaign": 120,
    "referrer": 500,
    "landing_url": 500,
    "machine": 40,
    "via": 60,
}


def receive(
    *,
    key: str,
    kind: str,
    answers: list[dict[str, Any]],
    consents: list[dict[str, Any]] | None = None,
    source: dict[str, Any] | None = None,
    page: dict[str, Any] | None = None,
    language: str = "",
    ip: str = "",
    agent: str = "",
    verified_for: str = "",
    verified_contact_id: int | None = None,
    invited: bool = False,
    uploads: Iterable[Upload] = (),
    spam_reason: str = "",
    keep_days: int | None = None,
) -> Submission:
    """Store one filled form in a transaction of its own; the same *key* stores once.

    What is ticked for the first time when it comes again is added to what stands.
    *answers* and *consents* as in ``Submission``; *page* has ``id title url
    revision``; *ip* and *agent* as the browser sent them: only the network and a
    hash are kept. *invited* with a *verified_contact_id* means that a link sent to that
    contact led here: it is theirs, but what it says of them is not believed. *uploads*
    become part of it. A *spam_reason* holds the submission until staff release it.
    After *keep_days* its answers are deleted, see ``retention``; None: never.
    """
    values = {
        "kind": kind,
        "state": Submission.State.HELD if spam_reason else Submission.State.STORED,
        "answers": answers,
        "consents": consents or [],
        "source": _shortened(source or {}),
        **_page_values(page or {}),
        "language": language,
        "email_norm": normalise.email(typed(answers, "point.email")) or verified_for,
        "phone_norm": normalise.phone(typed(answers, "point.phone"))[:40],
        "verified_for": verified_for,
        "invited": invited,
        "contact_id": verified_contact_id if verified_for or invited else None,
        "ip_truncated": network_of(ip),
        "agent_hash": signing.keyed_hash(agent) if agent else "",
        "spam_reason": spam_reason,
        "keep_days": keep_days,
    }
    row = Submission(key=key, reference=references.make("R"), **values)
    return _store(row, list(uploads))


def _page_values(page: dict[str, Any]) -> dict[str, Any]:
    return {
        "page_id": page.get("id"),
        "page_title": str(page.get("title") or "")[:255],
        "page_url": str(page.get("url") or "")[:500],
        "revision": page.get("revision"),
    }


def _store(submission: Submission, files: list[Upload]) -> Submission:
    """Insert it with its *files*, or give what stands under its key already."""
    # Alone, one INSERT is its own transaction; inside another it needs a way back.
    shared = transaction.get_connection().in_atomic_block
    try:
        with transaction.atomic() if shared or files else nullcontext():
            submission.save(force_insert=True)
            claim(submission, files)
    except IntegrityError:
        return _with_ticks(submission)
    submission.just_stored = True
    return submission


def _with_ticks(again: Submission) -> Submission:
    """What stands under the key of *again*, with the ticks that it did not have yet.

    Somebody went back and ticked what she had left out: it is asked for, and neither
    question nor booking is made twice.
    """
    row = Submission.objects.get(key=again.key)
    if not _missing(row, again.consents):
        return row
    with transaction.atomic():
        row = Submission.objects.select_for_update(of=("self",)).get(key=again.key)
        row.consents += _missing(row, again.consents)
        row.answers = _both(row.answers, again.answers)
        if row.state == Submission.State.PROCESSED:
            row.state, row.due_at = Submission.State.TAKEN_IN, timezone.now()
        row.save(update_fields=["answers", "consents", "state", "due_at"])
        queue.wake("intake")
    return row


def _both(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict]:
    """The answers as they are *now*, with what was ticked *before* and is not any more.

    Under one key only ticks differ.
    """
    earlier = {answer["name"]: answer for answer in before}
    return [_joined(earlier.get(answer["name"]), answer) for answer in now]


def _joined(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    if old is None or old["value"] == new["value"]:
        return new
    added = [key for key in old["value"] if key not in new["value"]]
    if not added:
        return new
    text = f"{old['text']}, {new['text']}"
    return {**new, "value": [*new["value"], *added], "text": text}


def _missing(row: Submission, consents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = {entry["topic"] for entry in row.consents}
    return [entry for entry in consents if entry["topic"] not in asked]


def release(submission: Submission, *, as_inquiry: bool = False) -> bool:
    """Let one that waits be processed after all; false if it was not so.

    *as_inquiry* turns a booking whose time is gone into a question that staff answer.
    The caller goes on with it (``attempts.attempt``); a worker does so anyway.
    """
    extra = {}
    if as_inquiry and not submission.processed_at:
        extra["kind"] = Submission.Kind.INQUIRY
    released = quarantine.release(Submission.objects.filter(pk=submission.pk), **extra)
    submission.refresh_from_db()
    return bool(released)


def key_for(nonce: str, answers: list[dict[str, Any]]) -> str:
    """The idempotency key: the same form, rendered once, with the same answers.

    A double click repeats both; somebody who goes back and corrects a word has
    something new to say, and must not be dropped. Ticks for news are no such answer:
    they join what was sent, see ``receive``.
    """
    said = json.dumps([[a["name"], a["value"]] for a in answers], sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    rendering = hashlib.sha256(nonce.encode()).hexdigest()
    return f"{rendering[:RENDERING]}{digest[: 64 - RENDERING]}"


def typed(answers: list[dict[str, Any]], field: str) -> str:
    """The first answer that was mapped to *field*, as it was typed, else ""."""
    for answer in answers:
        if answer.get("field") == field and answer.get("value"):
            return str(answer["value"])
    return ""


def network_of(ip: str) -> str:
    """*ip* without its last part: enough to see a burst, too little for a person."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{bits}", strict=False))


def _shortened(source: dict[str, Any]) -> dict[str, str]:
    return {
        name: normalise.text(source[name])[:length]
        for name, length in SOURCE_LENGTHS.items()
        if source.get(name)
    }
