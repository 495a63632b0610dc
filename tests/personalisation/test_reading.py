"""Pages read and searches: noted with consent, after the answer, and of nobody else."""

import pytest
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import RequestFactory

from crm_plugin import queue
from crm_plugin.personalisation import choice, reading, visitor
from crm_plugin.personalisation.visitor import COOKIE
from crm_plugin.touchpoints.models import PageRead, SearchCount, SiteNote, Touchpoint
from tests.site_tree import plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(db):
    return plant()


@pytest.fixture
def agrees(client, db):
    """A browser whose visitor said yes."""
    response = HttpResponse()
    choice.keep(response, "yes", wording=7)
    client.cookies.update(response.cookies)
    return client


@pytest.fixture
def known(agrees, contact):
    """The same, recognised by a link in a mail."""
    response = HttpResponse()
    visitor.recognise(response, contact)
    agrees.cookies.update(response.cookies)
    return agrees


def read(client, page, **headers):
    assert client.get(page.url, headers=headers).status_code == 200
    return SiteNote.objects.count()


def test_a_page_read_is_noted_of_a_known_visitor_who_agreed(known, contact, pages):
    assert read(known, pages["lunch"]) == 1
    note = SiteNote.objects.get()
    assert note.person == contact.public_id
    assert (note.page_id, note.page_title) == (pages["lunch"].pk, "Lunch")
    assert note.revision == pages["lunch"].live_revision_id
    assert note.page_url.endswith("/en/menu/lunch/")
    assert (note.wording, note.verified) == (7, False)


def test_nothing_is_noted_of_a_visitor_who_agreed_and_is_unknown(agrees, pages):
    assert read(agrees, pages["lunch"]) == 0


def test_nothing_is_noted_without_consent(client, contact, pages):
    response = HttpResponse()
    visitor.recognise(response, contact)
    client.cookies.update(response.cookies)
    assert read(client, pages["lunch"]) == 0


@pytest.mark.parametrize(
    "said", ["no.1.1", "yes", "yes.x.1", "yes.1.1.1x", "", "YES.1.1"]
)
def test_only_a_whole_yes_is_one(known, pages, said):
    known.cookies[choice.COOKIE] = said
    assert read(known, pages["lunch"]) == (1 if said == "yes.1.1.1x" else 0)


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_a_browser_that_asks_not_to_be_tracked_is_not(known, pages, header):
    assert read(known, pages["lunch"], **{header: "1"}) == 0


def test_a_page_fetched_ahead_of_a_person_is_not_read(known, pages):
    assert read(known, pages["lunch"], **{"Sec-Purpose": "prefetch;prerender"}) == 0


def test_what_was_not_shown_was_not_read(known, pages):
    assert known.get("/en/nowhere/").status_code == 404
    assert known.get("/en/menu/lunch").status_code == 301
    assert known.head(pages["lunch"].url).status_code == 200
    assert SiteNote.objects.count() == 0


def test_reading_does_not_make_a_page_private(known, pages):
    response = known.get(pages["lunch"].url)
    assert "Cache-Control" not in response
    assert COOKIE not in response.cookies


def test_a_stranger_costs_no_query_more(client, pages, django_assert_num_queries):
    client.get(pages["lunch"].url)
    with django_assert_num_queries(0):
        request = RequestFactory().get("/")
        reading.remember_page(pages["lunch"], request, [], {})
        reading.note_page(request, HttpResponse())
        reading.write_down()


def test_a_known_visitor_costs_one_insert_after_the_answer(
    known, pages, django_assert_num_queries
):
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in known.cookies.items()}
    with django_assert_num_queries(0):
        reading.remember_page(pages["lunch"], request, [], {})
        reading.note_page(request, HttpResponse())
    with django_assert_num_queries(1):
        reading.write_down()


def test_what_cannot_be_written_costs_no_page(known, pages, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("locked")

    monkeypatch.setattr(SiteNote.objects, "bulk_create", refuse)
    assert read(known, pages["lunch"]) == 0


class TestSearches:
    def look(self, client, words="gift", **headers):
        return client.get("/en/search/", {"q": words}, headers=headers)

    def test_a_search_of_a_known_visitor_becomes_a_touchpoint(
        self, known, contact, pages
    ):
        self.look(known)
        queue.run_due("site-visits")
        touchpoint = Touchpoint.objects.get()
        assert (touchpoint.contact, touchpoint.kind) == (contact, "search")
        assert (touchpoint.summary, touchpoint.result) == ("gift", "nothing")
        assert touchpoint.title == "Searched our site for “gift”"

    def test_a_search_of_a_stranger_is_counted_and_nothing_else(self, client, pages):
        self.look(client)
        assert SiteNote.objects.get().person is None
        queue.run_due("site-visits")
        count = SearchCount.objects.get()
        assert (count.term, count.searches, count.without_results) == ("gift", 1, 1)
        assert not Touchpoint.objects.exists()
        assert not SiteNote.objects.exists()

    def test_a_search_that_found_something_says_so(self, client, pages):
        self.look(client, "lunch")
        queue.run_due("site-visits")
        assert SearchCount.objects.get().without_results == 0

    def test_a_robot_is_not_counted(self, client, pages):
        self.look(client, **{"User-Agent": "Examplebot/1.0"})
        assert not SiteNote.objects.exists()

    def test_the_next_page_of_results_is_not_another_search(self, client, pages):
        client.get("/en/search/", {"q": "gift", "page": "2"})
        assert not SiteNote.objects.exists()

    def test_an_empty_search_is_none(self, client, pages):
        self.look(client, "   ")
        assert not SiteNote.objects.exists()


def test_a_visit_is_read_once_a_day_by_rules(known, contact, pages):
    for _time in range(3):
        read(known, pages["lunch"])
    queue.run_due("site-visits")
    assert PageRead.objects.count() == 1
