"""The stamp on a rendered form: one submission per rendering, and signs of spam.

It holds no personal data and sets no cookie: where the visitor came from is read from
this request and its referrer, and travels inside the form itself.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest

from crm_plugin import normalise, signing
from crm_plugin.conf import setting
from crm_plugin.intake import spam, submissions
from crm_plugin.personalisation.arrival import UTM, first_touch, split

from . import work

TOKEN, HONEYPOT, ASK_AGAIN = "crm_stamp", "crm_homepage", "crm_again"
# What the page saw that somebody landed on, see ``handed_over``.
FROM = "crm_from"
WORK = "crm_work"


@dataclass(frozen=True)
class Stamp:
    """One rendering of a form; all blank where a post's stamp was missing or forged.

    *words* as in ``seen``; None in a stamp that was made before they were kept.
    """

    nonce: str = ""
    rendered_at: dt.datetime | None = None
    source: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    page_id: int | None = None
    bits: int = 0
    revision: int | None = None
    words: dict[str, str] | None = None


def stamp_for(request: HttpRequest, page_id: int | None) -> Stamp:
    """The stamp of a form that is about to be shown.

    A form that is shown again stays the same rendering, from the same source.
    """
    if request.method == "POST":
        before = read(request, page_id)
        if before.nonce:
            return before
    now = dt.datetime.now(dt.UTC)
    source, bits = (
        first_touch(request),
        min(setting("CRM_PROOF_OF_WORK"), work.MOST_BITS),
    )
    nonce = secrets.token_urlsafe(12)
    return Stamp(nonce, now, source, (), page_id, bits, words={})


def signed(stamp: Stamp, *, names: Iterable[str] = ()) -> str:
    """*stamp* for a hidden input, with the *names* of the fields that are shown."""
    since = stamp.rendered_at.timestamp() if stamp.rendered_at else 0
    said = {"n": stamp.nonce, "t": since, "s": stamp.source, "w": stamp.bits}
    seen = {"r": stamp.revision, "c": stamp.words}
    return signing.make("form", stamp.page_id, f=list(names), **said, **seen)


def read(request: HttpRequest, page_id: int | None) -> Stamp:
    """The stamp that came with a post to this page."""
    found = read_any(request.POST.get(TOKEN, ""))
    return found if found.page_id == page_id else Stamp()


def read_any(token: str) -> Stamp:
    """The stamp of whichever form *token* came from."""
    try:
        payload = signing.read("form", token)
    except signing.BadToken:
        return Stamp()
    rendered_at = dt.datetime.fromtimestamp(payload["t"], dt.UTC)
    names = tuple(payload.get("f", ()))
    page_id = int(payload["id"]) if payload["id"].isdecimal() else None
    bits, seen = payload.get("w", 0), (payload.get("r"), payload.get("c"))
    return Stamp(payload["n"], rendered_at, payload["s"], names, page_id, bits, *seen)


def traps(
    request: HttpRequest, stamp: Stamp, *, names: Iterable[str] = ()
) -> dict[str, Any]:
    """What ``gate.html`` puts into the form: stamp, honeypot, and work if asked for.

    A form that comes back with errors keeps its stamp and the work that was done.
    """
    return {
        "stamp_name": TOKEN,
        "honeypot_name": HONEYPOT,
        "work_name": WORK,
        "stamp": signed(stamp, names=names),
        "bits": stamp.bits,
        "challenge": work.challenge(stamp.nonce),
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


def handed_over(request: HttpRequest, stamp: Stamp) -> dict[str, str]:
    """The source of a post: what its first page saw, else what the form itself saw.

    A script hands the first page's view from link to link, without keeping anything on
    the device; like any address, it is only what a browser says.
    """
    said = {name: values[0] for name, values in _parsed(request).items()}
    found = {name: said[name][:200] for name in UTM if said.get(name)}
    referrer, landing = _web(said.get("referrer")), _web(said.get("landing_url"))
    if referrer and urlsplit(referrer).netloc != request.get_host():
        found["referrer"] = referrer
    if landing and urlsplit(landing).netloc == request.get_host():
        landed = {"landing_url": landing}
    else:
        landed = {}
    if not found:
        return {**stamp.source, **landed}
    own = {n: v for n, v in stamp.source.items() if n == "landing_url"}
    return {**own, **found, **landed}


def _parsed(request: HttpRequest) -> dict[str, list[str]]:
    try:
        return parse_qs(request.POST.get(FROM, "")[:2_000], max_num_fields=10)
    except ValueError:
        return {}


def _web(address: str | None) -> str:
    """A web address without what it asks for; "" for anything else."""
    parts = split(address or "")
    if parts.scheme not in ("http", "https"):
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:200]
