"""Variants for segments of visits on real pages: who sees them, what that costs."""

import datetime as dt
import time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.personalisation import choice, visit_segments
from crm_plugin.personalisation.pages import preview_modes_for, reader_for
from crm_plugin.personalisation.visitor import COOKIE
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.testing import cookie_for_segments, may_be_stored
from tests.factories import SegmentFactory

from .site import BODY, personal, values

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.personalisation.site")]
MAIL = condition("visit_utm", source="newsletter")
EVENING = condition("visit_time", from_time="17:00", to_time="22:00")
AT_EIGHT = dt.datetime(2026, 5, 1, 20, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def from_mail():
    return SegmentFactory(name="From a newsletter", rule=[MAIL])


@pytest.fixture
def evening():
    return SegmentFactory(name="Evening", rule=[EVENING])


@pytest.fixture
def lunch():
    return SegmentFactory(name="Lunch guests")


@pytest.fixture
def home():
    """Puts a personalised block of these variants on the page."""

    def place(*variants):
        values["/home/"] = [personal(*variants, default="the NEWS")]

    yield place
    values["/home/"] = []


def said(response):
    return response.content.decode()


def test_a_visitor_from_the_newsletter_sees_the_variant(client, home, from_mail):
    home(([from_mail], [], "WELCOME reader"))
    assert "WELCOME" in said(client.get("/home/?utm_source=Newsletter"))
    assert "the NEWS" in said(client.get("/home/?utm_source=flyer"))
    assert "the NEWS" in said(client.get("/home/"))


def test_the_evening_is_the_sites(client, home, evening):
    home(([evening], [], "DINNER tonight"))
    with time_machine.travel(AT_EIGHT):
        assert "DINNER" in said(client.get("/home/"))
    with time_machine.travel(AT_EIGHT - dt.timedelta(hours=9)):
        assert "the NEWS" in said(client.get("/home/"))


@pytest.mark.parametrize("address", ["/home/", "/home/?utm_source=newsletter"])
def test_no_cache_keeps_what_a_visit_decides(client, home, from_mail, address):
    home(([from_mail], [], "WELCOME reader"))
    response = client.get(address)
    assert response["Cache-Control"] == "private, no-store"
    assert not may_be_stored(response)
    assert not response.cookies


def test_a_page_without_such_a_variant_stays_cacheable(client, home, from_mail, lunch):
    home(([lunch], [], "LUNCH first"))
    assert may_be_stored(client.get("/home/?utm_source=newsletter"))


def test_what_must_stay_unknown_is_never_excluded_by_mistake(client, home, evening):
    returning = [condition("visit_number", kind="returning")]
    regulars = SegmentFactory(rule=returning)
    home(([evening], [regulars], "ONLY for newcomers"))
    with time_machine.travel(AT_EIGHT):
        assert "the NEWS" in said(client.get("/home/"))
        client.cookies[choice.COOKIE] = f"yes.1777636800.7.{choice.WORDS}"
        now = int(AT_EIGHT.timestamp())
        client.cookies["crm_visit"] = f"v=1&n=1&t={now - 60}"
        assert "ONLY for newcomers" in said(client.get("/home/"))
        client.cookies["crm_visit"] = f"v=2&n=1&t={now - 60}"
        assert "the NEWS" in said(client.get("/home/"))


def test_people_and_visits_stand_side_by_side(client, home, lunch, from_mail):
    home(([lunch], [], "LUNCH first"), ([from_mail], [], "WELCOME reader"))
    known = cookie_for_segments([lunch.pk], [lunch.pk])
    client.cookies[COOKIE] = known
    assert "LUNCH" in said(client.get("/home/?utm_source=newsletter"))
    client.cookies[COOKIE] = cookie_for_segments([], [lunch.pk])
    assert "WELCOME" in said(client.get("/home/?utm_source=newsletter"))


def test_a_page_for_visits_costs_no_query(
    client, home, from_mail, evening, lunch, django_assert_num_queries
):
    home(([from_mail], [], "WELCOME reader"), ([evening], [lunch], "DINNER"))
    client.get("/home/")
    with django_assert_num_queries(0):
        assert "WELCOME" in said(client.get("/home/?utm_source=newsletter"))
    client.cookies[COOKIE] = cookie_for_segments([], [lunch.pk])
    with django_assert_num_queries(0):
        client.get("/home/")


def test_who_visits_is_not_looked_up_for_what_only_a_visit_decides(
    client, home, from_mail, settings, django_assert_num_queries
):
    home(([from_mail], [], "WELCOME reader"))
    client.get("/home/")
    client.cookies[COOKIE] = cookie_for_segments([], [])
    settings.CRM_COOKIE_MINUTES = 0
    with django_assert_num_queries(0):
        response = client.get("/home/?utm_source=newsletter")
    assert "WELCOME" in said(response)
    assert not response.cookies


def test_the_rules_are_looked_up_once_for_however_many_pages(client, home, from_mail):
    home(([from_mail], [], "WELCOME reader"))
    with CaptureQueriesContext(connection) as captured:
        for _each in range(5):
            client.get("/home/")
    assert len(captured) == 1


def test_they_are_looked_up_again_after_half_a_minute(from_mail, monkeypatch):
    visit_segments.in_force()
    type(from_mail).objects.update(active=False)
    assert from_mail.pk in visit_segments.in_force()
    later = time.monotonic() + visit_segments.FRESH
    monkeypatch.setattr(visit_segments.time, "monotonic", lambda: later)
    assert visit_segments.in_force() == {}


@pytest.mark.parametrize("act", ["save", "unpublish", "delete"])
def test_what_is_changed_here_counts_at_once(client, home, from_mail, act):
    home(([from_mail], [], "WELCOME reader"))
    client.get("/home/")
    if act == "save":
        from_mail.rule = [condition("visit_utm", source="flyer")]
        from_mail.save()
    elif act == "unpublish":
        from_mail.unpublish()
    else:
        from_mail.delete()
    assert "the NEWS" in said(client.get("/home/?utm_source=newsletter"))


def test_a_rule_that_nobody_knows_any_more_breaks_no_page(client, home):
    broken = SegmentFactory(rule=[MAIL])
    rule = [MAIL, condition("shop_gone", x=1)]
    type(broken).objects.filter(pk=broken.pk).update(rule=rule)
    home(([broken], [], "WELCOME reader"))
    assert "the NEWS" in said(client.get("/home/?utm_source=newsletter"))


def test_site_search_feeds_and_the_api_get_the_default(from_mail):
    body = BODY.to_python([personal(([from_mail], [], "x"), default="the NEWS")])
    assert "the NEWS" in str(body)


def test_a_preview_is_seen_as_a_visitor_from_a_newsletter_in_the_evening(
    from_mail, evening, lunch
):
    used = {from_mail.pk, evening.pk, lunch.pk}
    modes = {label: name for name, label in preview_modes_for(used)}
    both = modes["As Evening and From a newsletter"]
    assert reader_for(both).know(frozenset())[0] == {from_mail.pk, evening.pk}
    assert reader_for(modes["As Evening"]).know(frozenset())[0] == {evening.pk}
    assert len(modes) == 4


def test_a_mail_is_not_previewed_as_a_visit(from_mail, lunch):
    labels = [label for _name, label in preview_modes_for({lunch.pk}, visits=False)]
    assert labels == ["As Lunch guests"]


@pytest.mark.parametrize("mode", ["crm-segment-", "crm-segment-1-x", "junk", ""])
def test_a_mode_that_is_none_is_everyone_else(mode):
    assert reader_for(mode).know(frozenset())[0] == frozenset()


def test_the_boxes_say_which_segments_are_of_visits(from_mail, lunch):
    block = BODY.child_blocks["personal"].child_blocks["variants"].child_block
    field = block.child_blocks["include"].field
    labels = {str(label) for _value, label in field.choices}
    assert {"From a newsletter (this visit)", "Lunch guests"} <= labels


def test_a_group_of_visits_holds_in_a_page_too(client, home):
    rule = [group("any", MAIL, condition("visit_utm", source="flyer"))]
    either = SegmentFactory(rule=rule)
    home(([either], [], "WELCOME reader"))
    assert "WELCOME" in said(client.get("/home/?utm_source=flyer"))
