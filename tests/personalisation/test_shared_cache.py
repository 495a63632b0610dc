"""Trust row I6 on the example's own pages: a shared cache and Django's in front."""

import itertools
import json
from pathlib import Path

import pytest
from django.contrib import sitemaps
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from wagtail.api import APIField

from crm_plugin import queue
from crm_plugin.models import Segment, SegmentMembership
from crm_plugin.personalisation import choice, visitor
from crm_plugin.testing import assert_no_leaks, cookie_for_segments, directives, fetch
from crm_plugin.touchpoints.models import PageRead
from example.content import front, pages, shop
from example.models import HomePage
from tests.factories import ContactFactory, SegmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.database]
URLS = [
    "/ja/",
    "/ja/menu/",
    "/ja/about/",
    "/ja/news/",
    "/ja/privacy/",
    "/en/",
    "/en/menu/",
]
VISITORS, SEGMENTS = 20, 5
CACHED = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]


@pytest.fixture
def hinata(db, settings):
    """The example's pages, with five variants on the front page; Django's cache on."""
    call_command("crm_setup", verbosity=0)
    shop.build_shop()
    shop.build_segments()
    homes = pages.build_pages()
    segments = [SegmentFactory(key=f"s{n}", live=True) for n in range(SEGMENTS)]
    for home in homes.values():
        _five_variants(home, segments)
    settings.MIDDLEWARE = [CACHED[0], *settings.MIDDLEWARE, CACHED[1]]
    settings.CACHE_MIDDLEWARE_SECONDS = 600
    return segments


def _five_variants(home: HomePage, segments: list[Segment]) -> None:
    raw = list(home.body.raw_data)
    block = next(each for each in raw if each["type"] == "personal")
    block["value"]["variants"] = [
        {
            "include": [segment.pk],
            "exclude": [],
            "content": [{"type": "text", "value": f"<p>only {segment.key}</p>"}],
        }
        for segment in segments
    ]
    home.body = [{"type": each["type"], "value": each["value"]} for each in raw]
    home.save_revision().publish()


def twenty_visitors(segments):
    known = [segment.pk for segment in Segment.objects.live()]
    return [
        cookie_for_segments([segments[n % SEGMENTS].pk], known) for n in range(VISITORS)
    ]


def test_a_thousand_requests_of_twenty_visitors_in_five_segments(hinata, client):
    outcome = assert_no_leaks(
        client, URLS, cookies=twenty_visitors(hinata), rounds=7, seed=6
    )
    assert outcome["requests"] >= 1_000
    assert outcome["personalised"] == VISITORS * 2
    assert outcome["public_hit_ratio"] >= 0.9


def test_the_front_page_is_really_personal_and_private(hinata, client):
    for number, cookie in enumerate(twenty_visitors(hinata)[:SEGMENTS]):
        response = fetch(client, "/ja/", cookie)
        assert f"only s{number}" in response.text
        assert {"private", "no-store"} <= directives(response)


def test_a_page_for_everybody_does_not_depend_on_cookies(hinata, client):
    for url in ("/ja/about/", "/en/menu/"):
        assert "Cookie" not in fetch(client, url, twenty_visitors(hinata)[0]).get(
            "Vary", ""
        )


@pytest.fixture
def published(settings, monkeypatch):
    """Wagtail's API with the content of the front page, and its sitemap."""
    settings.ROOT_URLCONF = "tests.personalisation.api_urls"
    folder = Path(sitemaps.__file__).parent / "templates"
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], folder]}]
    fields = [APIField("title"), APIField("body")]
    monkeypatch.setattr(HomePage, "api_fields", fields, raising=False)


def test_search_api_and_sitemap_hold_the_default_only(hinata, client, published):
    """Asked by a member of the segment; feeds there are none."""
    cookie = twenty_visitors(hinata)[0]
    home = HomePage.objects.get(locale__language_code="ja")
    default = front.FRONT["ja"]["default"]["words"][2]
    assert "only s0" in fetch(client, home.url, cookie).text
    for url in ("/ja/search/?q=only", "/ja/search/?q=s0"):
        assert "only s0" not in fetch(client, url, cookie).text
    assert "only s0" not in home.readable_text()
    for url in (f"/crm/api/pages/{home.pk}/", "/crm/api/pages/?type=example.HomePage"):
        data = fetch(client, f"{url}{'&' if '?' in url else '?'}fields=body", cookie)
        said = json.dumps(data.json(), ensure_ascii=False)
        assert default in said
        assert "only s" not in said
    for asked in ("", cookie):
        told = fetch(client, "/sitemap.xml", asked)
        assert told.status_code == 200
        assert f"<loc>{home.full_url}</loc>" in told.text
        assert "only s" not in told.text


def test_noting_visits_makes_no_page_private_and_reads_nothing_from_a_cache(
    hinata, django_assert_num_queries
):
    """Consent and recognition change who is noted, not what a cache may keep."""
    people = ContactFactory.create_batch(4)
    for person, segment in zip(people, itertools.cycle(hinata), strict=False):
        SegmentMembership.objects.create(
            segment=segment, contact=person, entered_at=timezone.now()
        )
    for person in people:
        browser, response = Client(), HttpResponse()
        visitor.recognise(response, person)
        choice.keep(response, "yes", wording=1)
        browser.cookies.update(response.cookies)
        answer = browser.get("/ja/about/")
        assert not directives(answer) & {"private", "no-store"}
    queue.run_due("site-visits")
    assert PageRead.objects.count() <= len(people)
