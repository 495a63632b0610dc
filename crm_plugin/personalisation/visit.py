"""What one request tells of the visit that it belongs to; no database is asked.

Most of it stands in the request itself. What was read before in this visit, and whether
there was a visit before it, stands in one cookie, ``crm_visit``, which the script of
the bar writes after a yes, and which only the browser keeps. Without that yes, and for
a browser that asks not to be tracked, it is not known.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from crm_plugin import normalise

from . import arrival, choice

COOKIE = "crm_visit"
# A visit is over when so long no page was read.
PAUSE = dt.timedelta(minutes=30)
MOST_PAGES, LONGEST = 1_000, 4_000


@dataclass(frozen=True)
class Memory:
    """What the browser remembers, with the visitor's consent.

    ``visits``: how many, this one included. ``count``: how many pages were read in this
    one before this page; ``paths``: the addresses of the latest of them.
    """

    visits: int = 1
    count: int = 0
    paths: tuple[str, ...] = ()
    utm: Mapping[str, str] = field(default_factory=dict)
    referrer: str = ""


@dataclass(frozen=True)
class Visit:
    """One request as conditions see it; None stands for what is not known.

    ``at``: in the site's time zone. ``query``: what stands behind the "?". ``language``:
    what the browser prefers, else the page's. ``utm``: the three UTM values with which
    the visit began. ``referrer``: the host that led here; "" for an address that was
    typed, a bookmark, or a browser that does not say. ``memory``: with consent only.
    """

    at: dt.datetime
    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    utm: Mapping[str, str] | None = field(default_factory=dict)
    referrer: str | None = ""
    memory: Memory | None = None


def of(request: HttpRequest) -> Visit:
    """The visit of *request*; asking makes its response one that nobody may keep."""
    visit = getattr(request, "_crm_visit", None)
    if visit is None:
        visit = request._crm_visit = _read(request)  # type: ignore[attr-defined]
    return visit


def consulted(request: HttpRequest) -> bool:
    """Whether anything asked for the visit during *request*."""
    return hasattr(request, "_crm_visit")


def _read(request: HttpRequest) -> Visit:
    memory = _memory(request)
    utm, referrer = _beginning(request, memory)
    return Visit(
        at=site_time(),
        path=request.path,
        query=request.GET.dict(),
        language=_language(request),
        utm=utm,
        referrer=referrer,
        memory=memory,
    )


def site_time() -> dt.datetime:
    """Now, in the site's time zone, whatever zone a signed-in reader works in."""
    return timezone.localtime(timezone=timezone.get_default_timezone())


def _beginning(
    request: HttpRequest, memory: Memory | None
) -> tuple[Mapping[str, str] | None, str | None]:
    """UTM values and referring host with which the visit began, as far as known.

    Somebody who comes from another site again, or by another marked link, began anew.
    """
    touch = arrival.first_touch(request)
    utm = {name: touch[name] for name in arrival.UTM if name in touch}
    inside = arrival.from_our_own(request)
    referrer = arrival.host_of(touch.get("referrer", ""))
    if utm or referrer:
        return utm, None if inside else referrer
    if memory is not None and memory.count:
        return memory.utm, memory.referrer
    return (None, None) if inside else ({}, "")


def _language(request: HttpRequest) -> str:
    """The first language that the browser asks for, else that of the page."""
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    spoken = [code for code, weight in asked if weight and code != "*"]
    return spoken[0] if spoken else (get_language() or "")


def _memory(request: HttpRequest) -> Memory | None:
    """What the browser remembers, if its owner agreed to that; else None."""
    said = request.COOKIES.get(COOKIE, "")
    if not said or len(said) > LONGEST or not choice.may_remember(request):
        return None
    try:
        parts = parse_qs(said, max_num_fields=100)
    except ValueError:
        return None
    number, count, last = (_whole(parts, name) for name in ("v", "n", "t"))
    if not (number and count and last):
        return None
    if timezone.now().timestamp() - last > PAUSE.total_seconds():
        return Memory(visits=number + 1)
    first = {name: values[0] for name, values in parts.items()}
    return Memory(
        visits=number,
        count=min(count, MOST_PAGES),
        paths=tuple(parts.get("p", ())),
        utm={name: first[name] for name in arrival.UTM if name in first},
        referrer=first.get("referrer", "").lower(),
    )


def _whole(parts: Mapping[str, list[str]], name: str) -> int:
    return normalise.whole(parts.get(name, [""])[0]) or 0


def forget(response: HttpResponse) -> None:
    """What this browser remembers of visits goes."""
    response.delete_cookie(COOKIE, samesite="Lax")
