"""The home page with a personalised block, against the default as plain blocks."""

import statistics
import time

from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, override_settings

from crm_plugin.models import Contact, Segment, SegmentMembership
from crm_plugin.personalisation import visitor

from . import generator
from .harness import Case, Report

SIZE = 5_000
PAIRS = 150
GOAL_FRESH, GOAL_STALE = 1.05, 1.10


def run(size: int) -> Report:
    generator.build(size)
    call_command("crm_setup", verbosity=0)
    from example.content import pages, shop

    shop.build_shop()
    shop.build_segments()
    home = pages.build_pages()["ja"]
    plain = _plain_twin(home)
    contact = Contact.objects.order_by("id").first()
    lunch = Segment.objects.get(key="lunch-guests")
    SegmentMembership.objects.create(
        segment=lunch, contact=contact, entered_at=contact.created_at
    )
    report = Report()
    with override_settings(ALLOWED_HOSTS=["*"]):
        known = Client()
        _recognise(known, contact)
        assert "今週の昼" in known.get(home.url).content.decode()
        cases = [
            ("no cookie", Client(), GOAL_FRESH),
            ("fresh cookie", known, GOAL_FRESH),
        ]
        for case, client, goal in cases:
            times = _alternate(client, home.url, plain.url)
            report.cases.append(Case(case, *times, "default as plain blocks", goal))
    with override_settings(ALLOWED_HOSTS=["*"], CRM_COOKIE_MINUTES=0):
        times = _alternate(known, home.url, plain.url)
        report.cases.append(
            Case("stale cookie", *times, "default as plain blocks", GOAL_STALE)
        )
    return report


def _plain_twin(home):
    """The same page with what everyone else sees as ordinary blocks."""
    twin = home.copy(update_attrs={"slug": "plain-twin", "title": home.title}, to=home)
    raw = []
    for block in home.body.raw_data:
        raw += block["value"]["default"] if block["type"] == "personal" else [block]
    twin.body = [{"type": b["type"], "value": b["value"]} for b in raw]
    twin.save_revision().publish()
    return twin


def _recognise(client: Client, contact: Contact) -> None:
    response = HttpResponse()
    visitor.recognise(response, contact)
    client.cookies.update(response.cookies)


def _alternate(client: Client, ours: str, plain: str) -> tuple[float, float]:
    times: dict[str, list[float]] = {ours: [], plain: []}
    for number in range(PAIRS + 5):
        for address in (ours, plain):
            started = time.perf_counter()
            assert client.get(address).status_code == 200
            if number >= 5:
                times[address].append(time.perf_counter() - started)
    return statistics.median(times[ours]), statistics.median(times[plain])
