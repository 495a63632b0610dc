"""Recognition from a mail, and what it must not undo."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.middleware import PersonalisationMiddleware
from crm_plugin.personalisation.visitor import COOKIE
from tests.factories import ContactFactory


def passed_through(view, cookies=()):
    request = RequestFactory().get("/")
    request.COOKIES = dict(cookies)
    return PersonalisationMiddleware(view)(request), request


def cookie_of(response):
    return {COOKIE: response.cookies[COOKIE].value}


@pytest.fixture
def verified(contact):
    response = HttpResponse()
    visitors.verify(response, contact, "hanako@mail.example")
    return cookie_of(response)


def click(contact):
    def view(request):
        response = HttpResponse()
        visitors.recognise(response, contact)
        return response

    return view


def after(response):
    request = RequestFactory().get("/")
    request.COOKIES = cookie_of(response)
    return visitors.of(request)


def test_a_click_recognises(contact):
    response, _request = passed_through(click(contact))
    assert after(response).contact_id == contact.pk
    assert not after(response).verified


def test_a_click_keeps_a_verified_browser_verified(contact, verified):
    response, _request = passed_through(click(contact), verified)
    assert after(response).verified


def test_a_click_on_a_forwarded_mail_ends_the_verification(contact, verified):
    other = ContactFactory()
    response, _request = passed_through(click(other), verified)
    assert after(response).contact_id == other.pk
    assert not after(response).verified


def test_a_view_that_asks_for_the_visitor_becomes_private(contact, verified):
    def view(request):
        return HttpResponse(str(visitors.of(request).contact_id))

    response, _request = passed_through(view, verified)
    assert response["Cache-Control"] == "private, no-store"


def test_a_view_that_asks_nothing_is_left_alone(verified):
    response, _request = passed_through(lambda request: HttpResponse(), verified)
    assert "Cache-Control" not in response
    assert "Vary" not in response


def test_a_stale_cookie_is_issued_anew(contact, verified):
    def view(request):
        visitors.of(request).know(frozenset())
        return HttpResponse()

    response, _request = passed_through(view, verified)
    assert after(response).verified
    assert not after(response).stale


@pytest.mark.django_db
def test_a_screen_reads_the_settings_once(client, owner):
    client.force_login(owner)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("crm_contact:index")).status_code == 200
    read = [query for query in queries if "crm_plugin_crmsettings" in query["sql"]]
    assert len(read) == 1
