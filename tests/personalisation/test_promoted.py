"""Promoted search results: members see theirs, everybody else the ordinary ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.models import PageViewRestriction

from crm_plugin.journal import Change
from crm_plugin.personalisation import promoted
from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.models import PromotedFor
from crm_plugin.personalisation.promoted import promoted_for
from crm_plugin.personalisation.variants import Member
from crm_plugin.segments.places import places
from crm_plugin.testing import assert_no_leaks, cookie_for_segments, fetch
from tests.factories import ContactFactory, MembershipFactory, SegmentFactory
from tests.site_tree import plant

from .test_visitor import recognised, verified

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
SEARCH = "/en/search/?q=Table"


@pytest.fixture
def pages():
    return plant()


@pytest.fixture
def regulars(db):
    return SegmentFactory(key="regulars", name="Regulars", live=True)


@pytest.fixture
def picks(pages, regulars):
    """For “table”: dinner for regulars, lunch for everybody; by name."""
    query = Query.get("table")
    made = {}
    for order, name in enumerate(("dinner", "lunch")):
        made[name] = SearchPromotion.objects.create(
            query=query, page_id=pages[name].pk, sort_order=order
        )
    promoted.show_to(made["dinner"], [regulars], by=None)
    return made


def asking(response=None):
    """A request of a browser that holds the cookie of *response*."""
    request = RequestFactory().get(SEARCH)
    if response is not None:
        request.COOKIES = {
            key: morsel.value for key, morsel in response.cookies.items()
        }
    return request


def titles(request, words="Table "):
    return [pick.title for pick in promoted_for(request, words)]


def member(segment, knows=recognised):
    contact = ContactFactory(email="hanako@mail.example")
    MembershipFactory(contact=contact, segment=segment)
    return knows(contact)


class TestWho:
    def test_a_stranger_sees_the_ordinary_picks(self, picks):
        assert titles(asking()) == ["Lunch"]

    def test_a_member_sees_hers_as_well_in_the_editors_order(self, picks, regulars):
        assert titles(asking(member(regulars))) == ["Dinner", "Lunch"]

    def test_somebody_we_know_who_is_no_member_sees_the_ordinary_ones(self, picks):
        assert titles(asking(recognised(ContactFactory()))) == ["Lunch"]

    def test_of_several_segments_one_is_enough(self, picks, regulars):
        other = SegmentFactory(key="other", live=True)
        promoted.show_to(picks["dinner"], [regulars, other], by=None)
        assert titles(asking(member(other))) == ["Dinner", "Lunch"]

    @pytest.mark.parametrize("what", ["private", "reads_sensitive"])
    def test_of_a_secret_segment_only_a_verified_browser_hears(
        self, picks, regulars, what
    ):
        setattr(regulars, what, True)
        type(regulars).objects.filter(pk=regulars.pk).update(**{what: True})
        assert titles(asking(member(regulars))) == ["Lunch"]
        assert titles(asking(member(regulars, verified))) == ["Dinner", "Lunch"]

    def test_a_segment_that_is_not_published_has_no_members(self, picks, regulars):
        cookie = member(regulars)
        type(regulars).objects.update(live=False)
        assert titles(asking(cookie)) == ["Lunch"]

    def test_a_preview_shows_what_its_reader_would_see(self, picks, regulars):
        request = asking()
        request.crm_reader = Member(frozenset({regulars.pk}))
        assert titles(request) == ["Dinner", "Lunch"]


class TestWhat:
    def test_a_draft_is_promoted_to_nobody(self, picks, pages, regulars):
        pages["dinner"].unpublish()
        assert titles(asking(member(regulars))) == ["Lunch"]

    def test_a_page_that_is_not_open_is_promoted_to_its_segment_only(
        self, picks, pages, regulars
    ):
        for name in ("dinner", "lunch"):
            PageViewRestriction.objects.create(
                page_id=pages[name].pk, restriction_type="login"
            )
        assert titles(asking()) == []
        assert titles(asking(member(regulars))) == ["Dinner"]

    def test_an_external_link_is_one_as_well(self, picks, regulars):
        SearchPromotion.objects.filter(pk=picks["dinner"].pk).update(
            page=None, external_link_url="https://x.example", external_link_text="X"
        )
        assert titles(asking()) == ["Lunch"]
        assert titles(asking(member(regulars))) == ["X", "Lunch"]

    @pytest.mark.parametrize("words", ["", "  ", "tab", "ta\x00ble!", "x" * 5_000])
    def test_other_words_promote_nothing_and_leave_no_row(self, picks, words):
        assert titles(asking(), words) == []
        assert Query.objects.count() == 1

    def test_the_tag_says_the_same(self, picks, regulars):
        template = Template(
            "{% load crm_search %}{% promoted_for 'table' as picks %}"
            "{% for pick in picks %}{{ pick.title }} {% endfor %}"
        )
        assert template.render(Context({"request": asking()})) == "Lunch "
        context = Context({"request": asking(member(regulars))})
        assert template.render(context) == "Dinner Lunch "


class TestCaches:
    @pytest.fixture
    def cookie(self, regulars):
        return cookie_for_segments([regulars.pk], [regulars.pk])

    def test_a_members_results_are_private(self, client, picks, cookie):
        response = fetch(client, SEARCH, cookie)
        assert "Dinner" in response.text
        assert response["Cache-Control"] == "private, no-store"

    def test_a_strangers_results_vary_by_the_cookie(self, client, picks):
        response = fetch(client, SEARCH, "")
        assert "Lunch" in response.text
        assert "Dinner" not in response.text
        assert "Cookie" in response["Vary"]
        assert visitors.COOKIE not in response.cookies

    @pytest.mark.parametrize("for_all", [True, False])
    def test_where_no_segment_decides_nobody_is_asked_for(
        self, client, picks, cookie, for_all
    ):
        if for_all:
            promoted.show_to(picks["dinner"], [], by=None)
        url = SEARCH if for_all else "/en/search/?q=else"
        response = fetch(client, url, cookie)
        assert "no-store" not in response.get("Cache-Control", "")
        assert ("Dinner" in response.text) == for_all

    def test_no_cache_hands_a_members_results_to_another(
        self, client, picks, regulars, cookie
    ):
        other = cookie_for_segments([], [regulars.pk])
        outcome = assert_no_leaks(client, [SEARCH], cookies=[cookie, other])
        assert outcome["personalised"] == 1


class TestQueries:
    def test_words_without_a_pick_cost_one(self, picks, django_assert_num_queries):
        with django_assert_num_queries(1):
            titles(asking(), "else")

    def test_the_number_does_not_grow_with_the_picks(
        self, picks, pages, regulars, django_assert_num_queries
    ):
        cookie = member(regulars)
        titles(asking(cookie))
        with django_assert_num_queries(6):
            titles(asking(cookie))
        for order in range(5):
            more = SearchPromotion.objects.create(
                query=Query.get("table"), page_id=pages["about"].pk, sort_order=order
            )
            promoted.show_to(more, [regulars], by=None)
        with django_assert_num_queries(6):
            assert len(titles(asking(cookie))) == 7


class TestSayingSo:
    def test_it_is_kept_with_old_and_new(self, picks, regulars, owner):
        assert promoted.show_to(picks["lunch"], [regulars], by=owner)
        assert not promoted.show_to(picks["lunch"], [regulars], by=owner)
        change = Change.objects.latest("pk")
        assert (change.old, change.new) == ([], [regulars.pk])
        assert change.operation.by == owner

    def test_a_pick_that_is_gone_is_for_nobody(self, picks):
        Query.objects.all().delete()
        assert not PromotedFor.objects.exists()

    def test_a_segment_in_use_is_not_deleted(self, picks, regulars, owner):
        (place,) = places(regulars, owner)
        assert [str(row) for row in place.known] == ["table - Dinner"]
        with pytest.raises(ProtectedError):
            regulars.delete()

    def test_the_same_is_not_said_twice(self, picks, regulars):
        with pytest.raises(IntegrityError):
            PromotedFor.objects.create(pick_id=picks["dinner"].pk, segment=regulars)

    def test_a_cookie_of_that_segment_stays_fresh(self, picks, regulars):
        """Like a page's blocks: what live search results use is in the cookie."""
        response = HttpResponse()
        request = asking(member(regulars))
        titles(request)
        visitors.keep(response, visitors.of(request))
        assert regulars.pk in visitors.of(asking(response)).members


WITHOUT = """
import django
from django.conf import settings
from example.settings import test as site
apps = [a for a in site.INSTALLED_APPS if a != "wagtail.contrib.search_promotions"]
said = {n: getattr(site, n) for n in dir(site) if n.isupper()}
settings.configure(**{**said, "INSTALLED_APPS": apps, "ROOT_URLCONF": "crm_plugin.urls"})
django.setup()
from django.core.management import call_command
from django.test import RequestFactory
from wagtail import hooks
from crm_plugin.personalisation.promoted import promoted_for
call_command("check", tags=["models", "templates"])
call_command("makemigrations", "crm_plugin", check=True, dry_run=True, verbosity=0)
import crm_plugin.wagtail_hooks
names = [getattr(make(), "name", "") for make in hooks.get_hooks("register_admin_viewset")]
print(promoted_for(RequestFactory().get("/"), "table"), "crm_promoted" in names)
"""


def test_a_site_without_promoted_results_needs_nothing_of_it():
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}"}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1] == "[] False"
