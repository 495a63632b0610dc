"""A visitor's POST, and her way to "thank you", against the same form without the CRM.

In process, alternating request by request. ``CRM_CAPTURE = "worker"``: one stored
submission; ``"request"``: contact, history, inquiry and consents before the answer.
The plain page thanks inside the answer to the POST, ours on a page of its own: so both
the POST alone and the whole way are measured.
"""

import itertools
import re
import statistics
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from . import generator
from .harness import Case, Report

SIZE = 5_000
PAIRS = 250
WARM_UP = 5
# Goals for the POST alone and for the whole way to "thank you".
GOALS = {"worker": (1.05, 1.3), "request": (1.7, 1.7)}
QUIET = {
    "CRM_RATE_LIMIT_POSTS": 10**9,
    "CRM_RATE_LIMIT_BROWSER": 10**9,
    "CRM_FORM_MIN_SECONDS": 0,
}
TYPED = {
    "family_name": "佐藤",
    "given_name": "花子",
    "phone": "090-1234-5678",
    "message": "席はありますか。",
}
_addresses = itertools.count()


def run(size: int) -> Report:
    generator.build(size)
    call_command("crm_setup", verbosity=0)
    from example.content import pages, shop
    from example.models import InquiryPage

    shop.build_shop()
    shop.build_segments()
    pages.build_pages()
    page = InquiryPage.objects.get(locale__language_code="ja", slug="inquiry")
    # Not earlier: from here on there is a page type whose table must exist.
    from .plain_form import make_plain_page

    plain = make_plain_page(page)
    report = Report()
    for capture, goals in GOALS.items():
        with override_settings(CRM_CAPTURE=capture, ALLOWED_HOSTS=["*"], **QUIET):
            report.cases += _cases(capture, goals, page.url, plain.url)
    return report


def _cases(
    capture: str, goals: tuple[float, float], ours: str, plain: str
) -> list[Case]:
    """One case for the POST alone, one for the way to the thank-you page."""
    visits: dict[str, list[Visit]] = {ours: [], plain: []}
    client = Client()
    for number in range(PAIRS + WARM_UP):
        for address in (ours, plain):
            visit = _visit(client, address)
            if number >= WARM_UP:
                visits[address].append(visit)
    counts = {address: _visit(client, address, count=True) for address in visits}
    return [
        Case(
            f"{way}, {capture}",
            statistics.median(getattr(visit, way) for visit in visits[ours]),
            statistics.median(getattr(visit, way) for visit in visits[plain]),
            "plain Wagtail form",
            goal,
            (
                getattr(counts[ours], f"{way}_queries"),
                getattr(counts[plain], f"{way}_queries"),
            ),
        )
        for way, goal in zip(("post", "thanks"), goals, strict=True)
    ]


@dataclass(frozen=True)
class Visit:
    """Seconds and queries from pressing the button to the answer, and to "thank you"."""

    post: float
    thanks: float
    post_queries: int
    thanks_queries: int


def _visit(client: Client, address: str, *, count: bool = False) -> Visit:
    """Open the form (not timed), fill it in, send it, read the thank-you page."""
    shown = client.get(address).content.decode()
    typed = TYPED | {"email": f"v{next(_addresses)}@mail.example"}
    if stamp := re.search(r'name="crm_stamp" value="([^"]+)"', shown):
        typed["crm_stamp"] = stamp[1]
    cache.clear()
    queries = CaptureQueriesContext(connection)
    if count:
        queries.__enter__()
    started = time.perf_counter()
    response = client.post(address, typed)
    post, post_queries = time.perf_counter() - started, len(queries) if count else 0
    if response.status_code == 302:
        response = client.get(response["Location"])
    thanks, all_queries = time.perf_counter() - started, len(queries) if count else 0
    if count:
        queries.__exit__(None, None, None)
    assert response.status_code == 200, response.status_code
    answer = response.content.decode()
    assert "ありがとうございます" in answer, (address, re.findall("error[^<]*", answer))
    return Visit(post, thanks, post_queries, all_queries)
