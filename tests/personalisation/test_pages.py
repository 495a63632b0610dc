"""The personalised block on real pages of the example site."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, Site

from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.visitor import COOKIE
from crm_plugin.testing import assert_no_leaks, cookie_for_segments, fetch
from example.models import HomePage
from tests.factories import ContactFactory, MembershipFactory, SegmentFactory

from .site import personal


@pytest.fixture
def lunch(db):
    return SegmentFactory(key="lunch", name="Lunch guests")


@pytest.fixture
def dinner(db):
    return SegmentFactory(key="dinner", name="Dinner guests")


def heading(block):
    """The example's pages call their text block otherwise than our test site."""
    for part in (*(v["value"]["content"] for v in block["value"]["variants"]),):
        _as_rich_text(part)
    _as_rich_text(block["value"]["default"])
    return block


def _as_rich_text(stream):
    for child in stream:
        child.update(type="text", value=f"<p>{child['value']}</p>")


@pytest.fixture
def home(lunch, dinner):
    block = personal(
        ([lunch], [], "LUNCH first"), ([dinner], [], "DINNER first"), default="the NEWS"
    )
    page = HomePage(
        title="Hinata", slug="hinata-test", tagline="日向", body=[heading(block)]
    )
    root = Page.objects.filter(depth=1).get()
    root.add_child(instance=page)
    site = Site.objects.get(is_default_site=True)
    site.root_page = page
    site.save()
    return page


@pytest.fixture
def address(home, client):
    home.url  # noqa: B018
    return home.get_url()


def queries(client, address, cookie):
    fetch(client, address, cookie)
    with CaptureQueriesContext(connection) as captured:
        response = fetch(client, address, cookie)
    assert response.status_code == 200
    return len(captured), response.content.decode()


def test_a_lunch_guest_sees_lunch_and_a_stranger_the_news(
    client, address, lunch, dinner
):
    known = [lunch.pk, dinner.pk]
    said = fetch(client, address, cookie_for_segments([lunch.pk], known))
    assert "LUNCH first" in said.content.decode()
    assert said["Cache-Control"] == "private, no-store"
    assert "the NEWS" in fetch(client, address, "").content.decode()


def test_a_fresh_cookie_costs_no_query_more_than_a_stranger(
    client, address, lunch, dinner
):
    cookie = cookie_for_segments([lunch.pk], [lunch.pk, dinner.pk])
    mine, said = queries(client, address, cookie)
    assert "LUNCH first" in said
    assert mine == queries(client, address, "")[0]


def test_a_stale_cookie_costs_one_query_more(client, address, lunch):
    guest = ContactFactory()
    MembershipFactory(contact=guest, segment=lunch)
    response = HttpResponse()
    visitors.recognise(response, guest)
    mine, said = queries(client, address, response.cookies[COOKIE].value)
    assert "LUNCH first" in said
    assert mine == queries(client, address, "")[0] + 1


def test_the_cookie_holds_the_segments_that_live_pages_use(
    client, address, lunch, dinner
):
    unused = SegmentFactory(key="unused")
    guest = ContactFactory()
    for segment in (lunch, unused):
        MembershipFactory(contact=guest, segment=segment)
    response = HttpResponse()
    visitors.recognise(response, guest)
    after = fetch(client, address, response.cookies[COOKIE].value)
    visitor = visitors.Visitor(
        visitors.signing.read("browser", after.cookies[COOKIE].value)
    )
    assert visitor.members == {lunch.pk}
    assert visitor.others == {dinner.pk}


def test_site_search_never_finds_the_lunch_block(home):
    assert "NEWS" in home.readable_text()
    assert "LUNCH" not in home.readable_text()


def test_the_pages_of_the_example_leak_nothing(client, address):
    assert assert_no_leaks(client, [address], rounds=10)["personalised"] == 2


def test_the_editor_previews_each_segment(home, lunch):
    modes = {label: name for name, label in home.preview_modes}
    assert set(modes) == {"Everyone else", "As Lunch guests", "As Dinner guests"}
    shown = home.make_preview_request(preview_mode=modes["As Lunch guests"])
    assert b"LUNCH first" in shown.content
    shown = home.make_preview_request(preview_mode=modes["Everyone else"])
    assert b"the NEWS" in shown.content


def test_segments_in_use_are_named_by_the_page(home, lunch, dinner):
    from crm_plugin.personalisation.pages import segment_ids_in

    assert segment_ids_in(home) == {lunch.pk, dinner.pk}
