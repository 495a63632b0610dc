"""A visitor's POST and thank-you page, against the same form without the CRM.

In process, alternating request by request. ``CRM_CAPTURE = "request"``: the contact is
there when the visitor reads "thank you"; ``"worker"``: one stored submission.
"""

import itertools
import re
import statistics
import time

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings

from . import generator
from .harness import Case, Report

SIZE = 5_000
PAIRS = 100
GOALS = {"request": 1.7, "worker": 1.3}
QUIET = {"CRM_RATE_LIMIT_POSTS": 10**9, "CRM_FORM_MIN_SECONDS": 0}
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

    from .plain_form import make_plain_page

    shop.build_shop()
    shop.build_segments()
    pages.build_pages()
    page = InquiryPage.objects.get(locale__language_code="ja")
    plain = make_plain_page(page)
    report = Report()
    for capture, goal in GOALS.items():
        with override_settings(CRM_CAPTURE=capture, ALLOWED_HOSTS=["*"], **QUIET):
            ours, reference = _alternate(page.url, plain.url)
        report.cases.append(
            Case(f"post, {capture}", ours, reference, "plain Wagtail form", goal)
        )
    return report


def _alternate(ours: str, plain: str) -> tuple[float, float]:
    times: dict[str, list[float]] = {ours: [], plain: []}
    client = Client()
    for number in range(PAIRS + 5):
        for address in (ours, plain):
            shown = client.get(address).content.decode()
            typed = TYPED | {"email": f"v{next(_addresses)}@mail.example"}
            if stamp := re.search(r'name="crm_stamp" value="([^"]+)"', shown):
                typed["crm_stamp"] = stamp[1]
            cache.clear()
            started = time.perf_counter()
            response = client.post(address, typed)
            if response.status_code == 302:
                response = client.get(response["Location"])
            if number >= 5:
                times[address].append(time.perf_counter() - started)
            assert response.status_code == 200, response.status_code
            assert b"crm-form__errors" not in response.content
    connection.close()
    return statistics.median(times[ours]), statistics.median(times[plain])
