"""The question about visits: asked once, changed at any time, nothing stored before."""

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from crm_plugin.consents.models import ConsentEvent, Wording
from crm_plugin.personalisation import visitor
from crm_plugin.personalisation.choice import COOKIE

pytestmark = pytest.mark.django_db
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def url():
    return reverse("crm:site_visits")


def press(client, url, said, headers=HERE, **more):
    return client.post(url, {"choice": said}, headers=headers, **more)


@pytest.mark.parametrize("said", ["yes", "no"])
def test_a_choice_is_one_first_party_cookie(client, url, said):
    response = press(client, url, said)
    cookie = response.cookies[COOKIE]
    assert cookie.value.startswith(f"{said}.")
    assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")
    assert set(response.cookies) == {COOKIE}


def test_asking_stores_nothing(client, url):
    response = client.get(url)
    assert not response.cookies
    assert "you have not been asked yet" in response.text


def test_the_two_buttons_are_equal(client, url):
    html = client.get(url).text
    assert html.count('<button name="choice"') == 2
    assert "quiet" not in html


def test_the_page_says_what_was_chosen(client, url):
    press(client, url, "yes")
    assert "At present: you agreed" in client.get(url).text
    press(client, url, "no")
    assert "At present: you said no" in client.get(url).text


def test_the_bar_gets_an_empty_answer(client, url):
    response = press(client, url, "yes", {**HERE, "Accept": "application/json"})
    assert (response.status_code, response.content) == (204, b"")
    assert COOKIE in response.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/testserver"},
    ],
)
def test_another_site_cannot_say_yes_for_somebody(client, url, headers):
    assert COOKIE not in press(client, url, "yes", headers).cookies


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://testserver"}, {"Referer": "http://testserver/en/"}],
)
def test_an_older_browser_is_believed_by_its_origin(client, url, headers):
    assert COOKIE in press(client, url, "yes", headers).cookies


def test_a_no_is_believed_from_anywhere(client, url):
    assert COOKIE in press(client, url, "no", {}).cookies


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_a_browser_that_asks_not_to_be_tracked_is_asked_nothing(client, url, header):
    html = client.get(url, headers={header: "1"}).text
    assert "<button" not in html
    assert COOKIE not in press(client, url, "yes", {**HERE, header: "1"}).cookies


@pytest.mark.parametrize("said", ["", "maybe", "YES"])
def test_anything_else_is_no_choice(client, url, said):
    assert COOKIE not in press(client, url, said).cookies


@pytest.fixture
def recognised(client, contact):
    response = HttpResponse()
    visitor.recognise(response, contact)
    client.cookies.update(response.cookies)
    return client


def test_of_a_recognised_visitor_it_stands_in_the_ledger(recognised, url):
    press(recognised, url, "yes")
    press(recognised, url, "no")
    events = ConsentEvent.objects.order_by("id")
    assert [event.action for event in events] == ["grant", "withdraw"]
    wording = Wording.objects.get(pk=events[0].wording)
    assert "which pages you read" in wording.text
    assert wording.locale == "en"


def test_of_a_stranger_it_does_not(client, url):
    press(client, url, "yes")
    assert not ConsentEvent.objects.exists()


def test_the_wording_is_the_one_of_the_page_that_asked(recognised, url):
    press(recognised, f"{url}?in=ja", "yes")
    assert Wording.objects.get().locale == "ja"


def test_it_works_without_a_csrf_cookie(contact, url):
    strict = Client(enforce_csrf_checks=True)
    assert COOKIE in press(strict, url, "yes").cookies


class TestTags:
    def rendered(self, language="en"):
        with override(language):
            text = "{% load crm_visits %}{% crm_visits_bar %}{% crm_visits_link %}"
            return Template(text).render(Context())

    def test_the_bar_waits_hidden_for_its_script(self):
        assert "data-crm-visits hidden" in self.rendered()

    def test_bar_and_link_know_the_language_of_their_page(self):
        assert "/crm/site-visits?in=ja" in self.rendered("ja")

    def test_they_cost_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            self.rendered()
