import random

import pytest
from django.core.cache import cache

from crm_plugin.personalisation.visitor import COOKIE
from crm_plugin.testing import Leak, assert_no_leaks, cookie_for_segments, fetch
from tests.factories import SegmentFactory

from . import site


@pytest.fixture
def segments(db):
    return [SegmentFactory(key=f"s{n}", live=True) for n in range(5)]


@pytest.fixture
def pages(segments, settings):
    settings.ROOT_URLCONF = "tests.personalisation.site"
    site.values["/home/"] = [
        site.personal(
            *(([segment], [], f"only {segment.key}") for segment in segments),
            default="the NEWS",
        )
    ]
    site.values["/plain/"] = [{"type": "text", "value": "same for all"}]
    return ["/home/", "/plain/"]


def twenty_visitors(segments):
    known = [segment.pk for segment in segments]
    return [cookie_for_segments([known[n % 5]], known) for n in range(20)]


def test_no_visitor_gets_what_was_meant_for_another(client, pages, segments):
    outcome = assert_no_leaks(
        client, pages, cookies=twenty_visitors(segments), rounds=24
    )
    assert outcome["requests"] >= 1000
    assert outcome["personalised"] == 20


def test_the_crawl_finds_pages_and_segments_by_itself(client, pages):
    assert assert_no_leaks(client)["personalised"] == 5


def test_pages_without_variants_stay_cacheable(client, pages, segments):
    outcome = assert_no_leaks(
        client, ["/plain/"], cookies=twenty_visitors(segments), rounds=10
    )
    assert outcome["hit_ratio"] > 0.9


def test_personal_content_is_private_and_never_stored(client, pages, segments):
    cookie = cookie_for_segments([segments[0].pk], [s.pk for s in segments])
    response = fetch(client, "/home/", cookie)
    assert b"only s0" in response.content
    assert response["Cache-Control"] == "private, no-store"


def test_a_stranger_on_a_personalised_page_gets_a_cacheable_default(client, pages):
    response = fetch(client, "/home/", "")
    assert b"the NEWS" in response.content
    assert response["Cache-Control"] == "public, max-age=600"
    assert "Cookie" in response["Vary"]


def test_a_page_without_variants_does_not_vary(client, pages, segments):
    cookie = cookie_for_segments([segments[0].pk], [s.pk for s in segments])
    assert "Cookie" not in fetch(client, "/plain/", cookie).get("Vary", "")


def test_the_leak_test_catches_a_careless_view(client, pages, segments):
    known = [segment.pk for segment in segments]
    with pytest.raises(Leak):
        assert_no_leaks(
            client,
            ["/careless/"],
            cookies=[cookie_for_segments([pk], known) for pk in known],
        )


def test_the_leak_test_catches_a_fragment_cache(client, pages, segments):
    known = [segment.pk for segment in segments]
    with pytest.raises(Leak):
        assert_no_leaks(
            client,
            ["/kept/"],
            cookies=[cookie_for_segments([pk], known) for pk in known],
        )


def test_djangos_own_cache_in_front_serves_no_wrong_variant(
    client, pages, segments, settings
):
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        "crm_plugin.personalisation.middleware.PersonalisationMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    cache.clear()
    cookies = twenty_visitors(segments)
    asked = [(n, cookie) for n, cookie in enumerate(cookies)] * 25 + [(-1, "")] * 100
    random.Random(3).shuffle(asked)
    for n, cookie in asked:
        body = fetch(client, "/home/", cookie).content.decode()
        wanted = f"only s{n % 5}" if n >= 0 else "the NEWS"
        assert wanted in body
        assert body.count("only s") == (1 if n >= 0 else 0)


def test_a_fresh_cookie_adds_no_query_to_the_page(
    client, pages, segments, django_assert_num_queries
):
    cookie = cookie_for_segments([segments[0].pk], [s.pk for s in segments])
    with django_assert_num_queries(0):
        response = fetch(client, "/home/", cookie)
    assert COOKIE not in response.cookies
