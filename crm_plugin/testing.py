"""For the test suites of host sites: does anybody see what was meant for another?

    from crm_plugin.testing import assert_no_leaks

    def test_no_page_leaks(client):
        assert_no_leaks(client)

crawls the site as a stranger and as a member of each segment, in turns, through two
simulated shared caches: one that keeps to the rules and one that ignores ``Vary``.
"""

import random
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.cache import cc_delim_re

from crm_plugin import signing
from crm_plugin.personalisation import visitor as visitors
from crm_plugin.segments.models import Segment

CHANGING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|data-crm-once="[^"]*"'
)
LINK = re.compile(rb'href="(/[^"#?]*)')
FORBIDDING = {"private", "no-store", "no-cache"}


class Leak(AssertionError):
    """Somebody got what was meant for another, or a cache was allowed to keep it."""


@dataclass
class SharedCache:
    """Keeps whatever it may, as greedily as the rules allow.

    ``keeps_vary=False`` is the worst cache seen in the wild: one body per URL.
    """

    keeps_vary: bool = True
    hits: int = 0
    asked: int = 0
    _stored: dict[tuple, bytes] = field(default_factory=dict)
    _varies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, client: Client, url: str, cookie: str) -> bytes:
        """The body that a browser behind this cache receives."""
        self.asked += 1
        key = self._key(url, cookie)
        if key in self._stored:
            self.hits += 1
            return self._stored[key]
        response = fetch(client, url, cookie)
        body = body_of(response)
        if may_be_stored(response):
            names = cc_delim_re.split(response.get("Vary", "").lower())
            self._varies[url] = tuple(sorted(name for name in names if name))
            self._stored[self._key(url, cookie)] = body
        return body

    def _key(self, url: str, cookie: str) -> tuple:
        varies = self.keeps_vary and "cookie" in self._varies.get(url, ())
        return (url, cookie if varies else "")


def directives(response: HttpResponse) -> set[str]:
    """The words of ``Cache-Control`` without their values."""
    words = cc_delim_re.split(response.get("Cache-Control", "").lower())
    return {word.split("=")[0] for word in words if word}


def may_be_stored(response: HttpResponse) -> bool:
    """Whether a shared cache may keep *response*; silence counts as permission."""
    return response.status_code == 200 and not (
        directives(response) & FORBIDDING or response.cookies
    )


def fetch(client: Client, url: str, cookie: str) -> HttpResponse:
    """GET *url* with nothing but the recognition cookie (or with none at all)."""
    client.cookies.clear()
    if cookie:
        client.cookies[visitors.COOKIE] = cookie
    return client.get(url)  # type: ignore[return-value]


def body_of(response: HttpResponse) -> bytes:
    """The body without the parts that differ on every response."""
    if response.streaming:
        return b""
    return CHANGING.sub(b"", response.content)


def cookie_for_segments(member_of: Iterable[int], known: Iterable[int]) -> str:
    """A fresh recognition cookie of somebody who is in exactly these segments."""
    inside = sorted(member_of)
    return signing.make(
        visitors.PURPOSE,
        uuid.uuid4(),
        t=int(timezone.now().timestamp()),
        s=inside,
        o=sorted(set(known) - set(inside)),
        p=[],
    )


def cookies_of_everybody() -> list[str]:
    """A stranger, and one visitor per live segment."""
    known = list(Segment.objects.live().values_list("pk", flat=True))
    return ["", *(cookie_for_segments([pk], known) for pk in known)]


def crawl(client: Client, start: str = "/", *, most: int = 50) -> list[str]:
    """The addresses of the site that a stranger reaches from *start* by links."""
    found, waiting = [], [start]
    seen = {start}
    while waiting and len(found) < most:
        url = waiting.pop(0)
        response = client.get(url, follow=False)
        if response.status_code in (301, 302):
            targets = [response["Location"]]
        elif response.status_code == 200 and not response.streaming:
            found.append(url)
            targets = [link.decode() for link in LINK.findall(response.content)]
        else:
            continue
        fresh = [url for url in targets if url.startswith("/") and url not in seen]
        seen.update(fresh)
        waiting.extend(dict.fromkeys(fresh))
    return found


def assert_no_leaks(
    client: Client,
    urls: Sequence[str] | None = None,
    *,
    cookies: Sequence[str] | None = None,
    rounds: int = 5,
    seed: int = 1,
) -> dict[str, Any]:
    """Raise ``Leak`` when a visitor gets content that was chosen for another.

    ``urls``: pages to try; by default what a crawl from ``/`` finds. ``cookies``: the
    visitors; by default a stranger and one member per live segment. Every visitor
    asks for every page ``rounds`` times, in a shuffled order. Meanwhile
    Django's caches stand in memory, so that a fragment kept for one visitor shows.
    Returns the number of requests, of personalised responses, and the share answered
    by the cache: of all, and of the pages that are the same for everybody.
    """
    urls = list(urls) if urls is not None else crawl(client)
    cookies = list(cookies) if cookies is not None else cookies_of_everybody()
    if "" not in cookies:
        cookies = ["", *cookies]
    with override_settings(CACHES=_in_memory()):
        expected, personalised = _straight_from_the_site(client, urls, cookies)
        every, public = _through_caches(client, expected, rounds=rounds, seed=seed)
    return {
        "requests": every.asked,
        "personalised": personalised,
        "hit_ratio": every.ratio,
        "public_hit_ratio": public.ratio,
    }


def _in_memory() -> dict[str, dict[str, str]]:
    """The site's caches by name, with nothing in them and nobody else's."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    place = uuid.uuid4().hex
    return {
        alias: {"BACKEND": backend, "LOCATION": f"{place}-{alias}"}
        for alias in settings.CACHES
    }


@dataclass
class Answered:
    """How many requests there were, and how many of them a cache answered."""

    asked: int = 0
    hits: int = 0

    @property
    def ratio(self) -> float:
        return self.hits / self.asked if self.asked else 0


def _through_caches(
    client: Client, expected: dict[tuple[str, str], bytes], *, rounds: int, seed: int
) -> tuple[Answered, Answered]:
    """Ask for everything as everybody, shuffled: all of it, and what is for everybody."""
    order = list(expected) * rounds
    random.Random(seed).shuffle(order)  # noqa: S311
    polite, rude = SharedCache(), SharedCache(keeps_vary=False)
    personal = {
        url for url, cookie in order if expected[url, cookie] != expected[url, ""]
    }
    public = Answered()
    _empty_caches()
    for url, cookie in order:
        mine, everyones = expected[url, cookie], expected[url, ""]
        hits = polite.hits
        if polite.get(client, url, cookie) != mine:
            raise Leak(f"{url}: a shared cache handed out another visitor's page")
        if url not in personal:
            public.asked += 1
            public.hits += polite.hits - hits
        if rude.get(client, url, cookie) not in (mine, everyones):
            raise Leak(f"{url}: a cache that ignores Vary kept personal content")
    return Answered(polite.asked, polite.hits), public


def _empty_caches() -> None:
    for alias in settings.CACHES:
        caches[alias].clear()


def _straight_from_the_site(
    client: Client, urls: Sequence[str], cookies: Sequence[str]
) -> tuple[dict[tuple[str, str], bytes], int]:
    """What each visitor sees who comes first; and how many see something of their own."""
    expected, personalised = {}, 0
    for url in urls:
        _empty_caches()
        default = expected[url, ""] = body_of(fetch(client, url, ""))
        for cookie in filter(None, cookies):
            _empty_caches()
            response = fetch(client, url, cookie)
            expected[url, cookie] = body_of(response)
            if expected[url, cookie] == default:
                continue
            personalised += 1
            if not {"private", "no-store"} <= directives(response):
                raise Leak(f"{url}: personal content without private, no-store")
    return expected, personalised
