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

from django.http import HttpRequest

from crm_plugin import signing

TOKEN, HONEYPOT, ASK_AGAIN = "crm_stamp", "crm_homepage", "crm_again"
UTM = ("utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True)
class Stamp:
    """What a post's stamp says; all blank where it was missing or forged."""

    nonce: str = ""
    rendered_at: dt.datetime | None = None
    source: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def stamp(
    request: HttpRequest, page_id: int | None, *, names: Iterable[str] = ()
) -> str:
    """The signed stamp of a form that is about to be shown, with its fields' *names*.

    A form that is shown again stays the same rendering, from the same source.
    """
    was = read(request, page_id) if request.method == "POST" else Stamp()
    since = was.rendered_at or dt.datetime.now(dt.UTC)
    return signing.make(
        "form",
        page_id,
        n=was.nonce or secrets.token_urlsafe(12),
        t=since.timestamp(),
        s=was.source or first_touch(request),
        f=list(names),
    )


def read(request: HttpRequest, page_id: int | None) -> Stamp:
    """The stamp that came with a post to this page."""
    try:
        payload = signing.read("form", request.POST.get(TOKEN, ""))
    except signing.BadToken:
        return Stamp()
    if payload["id"] != str(page_id):
        return Stamp()
    rendered_at = dt.datetime.fromtimestamp(payload["t"], dt.UTC)
    names = tuple(payload.get("f", ()))
    return Stamp(payload["n"], rendered_at, payload["s"], names)


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
