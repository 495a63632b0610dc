"""Store what a visitor sent, before anything else is tried with it."""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_plugin import normalise, signing
from crm_plugin.touchpoints import references

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
) -> Submission:
    """Store one filled form in a transaction of its own; the same *key* stores once.

    *answers* and *consents* as in ``Submission``; *page* has ``id title url
    revision``; *ip* and *agent* as the browser sent them: only the network and a
    hash are kept. *invited* with a *verified_contact_id* means that a link sent to that
    contact led here: it is theirs, but what it says of them is not believed. *uploads*
    become part of it. A *spam_reason* holds the submission until staff release it.
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
    }
    return _once(key, values, uploads)


def _page_values(page: dict[str, Any]) -> dict[str, Any]:
    return {
        "page_id": page.get("id"),
        "page_title": str(page.get("title") or "")[:255],
        "page_url": str(page.get("url") or "")[:500],
        "revision": page.get("revision"),
    }


def _once(key: str, values: dict[str, Any], uploads: Iterable[Upload]) -> Submission:
    """The submission called *key*: stored now with its files, unless it is already."""
    try:
        with transaction.atomic():
            row = Submission.objects.create(
                key=key, reference=references.make("R"), **values
            )
            claim(row, uploads)
            return row
    except IntegrityError:
        return Submission.objects.get(key=key)


def release(submission: Submission, *, as_inquiry: bool = False) -> bool:
    """Let a held or failed submission be processed after all; false if it was not so.

    *as_inquiry* turns a booking whose time is gone into a question that staff answer.
    One that was taken in already is owed its mail only. The caller goes on with it
    (``attempts.attempt``); a worker does so anyway.
    """
    states = Submission.State
    waiting = [states.HELD, states.FAILED]
    state = states.TAKEN_IN if submission.processed_at else states.STORED
    values = {"state": state, "attempts": 0, "error": "", "due_at": timezone.now()}
    if as_inquiry and not submission.processed_at:
        values["kind"] = Submission.Kind.INQUIRY
    rows = Submission.objects.filter(pk=submission.pk, state__in=waiting)
    released = bool(rows.update(**values))
    submission.refresh_from_db()
    return released


def key_for(nonce: str, answers: list[dict[str, Any]]) -> str:
    """The idempotency key: the same form, rendered once, with the same answers.

    A double click repeats both; somebody who goes back and corrects a word has
    something new to say, and must not be dropped.
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
