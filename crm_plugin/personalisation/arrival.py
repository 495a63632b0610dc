"""Where a request came from: its UTM values, the page before it, where it landed."""

from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.http import HttpRequest

UTM = ("utm_source", "utm_medium", "utm_campaign")
LONGEST = 200


def first_touch(request: HttpRequest) -> dict[str, str]:
    """UTM values, referrer and landing page, as far as this request can tell.

    A referrer on our own host is the page before: it was the landing page, and its
    UTM values count when this request has none.
    """
    before = split(request.headers.get("referer", ""))
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
    return {name: value[:LONGEST] for name, value in found.items() if value}


def from_our_own(request: HttpRequest) -> bool:
    """Whether a page of ours led here: it is not where the visit began."""
    return split(request.headers.get("referer", "")).netloc == request.get_host()


def split(address: str) -> SplitResult:
    """The parts of an address; of one that is none, empty ones."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def host_of(address: str) -> str:
    """The host of a web address, in small letters; "" where there is none."""
    try:
        return (split(address).hostname or "").lower()
    except ValueError:
        return ""
