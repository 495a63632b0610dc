"""The stamp on a rendered form: one submission per rendering, and signs of spam.

It holds no personal data and sets no cookie: where the visitor came from is read from
this request and its referrer, and travels inside the form itself.
"""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest

from crm_plugin import normalise, signing
from crm_plugin.conf import setting
from crm_plugin.intake import spam, submissions

from . import work

TOKEN, HONEYPOT, ASK_AGAIN = "crm_stamp", "crm_homepage", "crm_again"
WORK = "crm_work"
UTM = ("utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True)
class Stamp:
    """What a post's stamp says; all blank where it was missing or forged."""

    nonce: str = ""
    rendered_at: dt.datetime | None = None
    source: dict[str, str] = field(default_factory=dict)
    bits: int = 0


def stamp(request: HttpRequest, page_id: int | None) -> str:
    """A new signed stamp for a form that is about to be shown."""
    return signing.make(
        "form",
        page_id,
        n=secrets.token_urlsafe(12),
        t=dt.datetime.now(dt.UTC).timestamp(),
        s=first_touch(request),
        w=min(setting("CRM_PROOF_OF_WORK"), work.MOST_BITS),
    )


def read(request: HttpRequest, page_id: int | None) -> Stamp:
    """The stamp that came with a post to this page."""
    return _read(request.POST.get(TOKEN, ""), page_id)


def _read(token: str, page_id: int | None) -> Stamp:
    try:
        payload = signing.read("form", token)
    except signing.BadToken:
        return Stamp()
    if payload["id"] != str(page_id):
        return Stamp()
    rendered_at = dt.datetime.fromtimestamp(payload["t"], dt.UTC)
    return Stamp(payload["n"], rendered_at, payload["s"], payload.get("w", 0))


def traps(request: HttpRequest, page_id: int | None) -> dict[str, Any]:
    """What ``gate.html`` puts into the form: stamp, honeypot, and work if asked for.

    A form that comes back with errors keeps its stamp and the work that was done.
    """
    token = request.POST.get(TOKEN) or stamp(request, page_id)
    known = _read(token, page_id)
    return {
        "stamp_name": TOKEN,
        "honeypot_name": HONEYPOT,
        "work_name": WORK,
        "stamp": token,
        "bits": known.bits,
        "challenge": work.challenge(known.nonce),
        "work": request.POST.get(WORK, "")[:12],
    }


def suspicion(
    request: HttpRequest, known: Stamp, answers: list[dict[str, Any]], ip: str
) -> str:
    """Why this post waits for a person's look, or ""; see ``intake.spam``."""
    texts = [a["text"] for a in answers if a.get("field") == "message"]
    return spam.suspicion(
        spam.Signs(
            honeypot=request.POST.get(HONEYPOT, ""),
            rendered_at=known.rendered_at,
            rendering=known.nonce,
            worked=work.solved(known.nonce, request.POST.get(WORK, ""), known.bits),
            network=submissions.network_of(ip),
            browser=browser_of(request, ip),
            address=normalise.email(submissions.typed(answers, "point.email"))
            or normalise.phone(submissions.typed(answers, "point.phone")),
            text="\n".join(texts),
        )
    )


def browser_of(request: HttpRequest, ip: str) -> str:
    """What tells this browser from others: the cookie against forged posts, no other."""
    cookie = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    return cookie or f"{ip} {request.headers.get('user-agent', '')}"


def first_touch(request: HttpRequest) -> dict[str, str]:
    """UTM values, referrer and landing page, as far as this request can tell.

    A referrer on our own host is the page before: it was the landing page, and its
    UTM values count when this request has none.
    """
    referrer = request.headers.get("referer", "")
    before = urlsplit(referrer)
    found: dict[str, Any] = {"landing_url": request.build_absolute_uri(request.path)}
    query = {name: request.GET.get(name, "") for name in UTM}
    if before.netloc == request.get_host():
        found["landing_url"] = f"{before.scheme}://{before.netloc}{before.path}"
        if not any(query.values()):
            earlier = parse_qs(before.query)
            query = {name: earlier.get(name, [""])[0] for name in UTM}
    elif before.scheme in ("http", "https"):
        found["referrer"] = f"{before.scheme}://{before.netloc}{before.path}"
    found |= query
    return {name: value[:200] for name, value in found.items() if value}
