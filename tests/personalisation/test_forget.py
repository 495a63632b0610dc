import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.visitor import COOKIE


@pytest.fixture
def recognised(client, contact):
    response = HttpResponse()
    visitors.recognise(response, contact)
    client.cookies[COOKIE] = response.cookies[COOKIE].value
    return client


def test_looking_at_the_page_forgets_nothing(recognised):
    response = recognised.get(reverse("crm:forget"))
    assert response.status_code == 200
    assert COOKIE not in response.cookies


def test_the_button_forgets_at_once(recognised):
    recognised.post(reverse("crm:forget"))
    assert not recognised.cookies[COOKIE].value


def test_the_page_is_the_same_for_a_stranger(client, recognised, db):
    known = recognised.get(reverse("crm:forget")).content
    client.cookies.clear()
    stranger = client.get(reverse("crm:forget")).content
    assert known == stranger


def test_a_browser_that_hides_where_it_came_from_is_forgotten_too(recognised):
    """A page with ``no-referrer`` makes browsers post with ``Origin: null``."""
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    strict.cookies = recognised.cookies
    assert strict.post(reverse("crm:forget")).status_code == 200
    assert not strict.cookies[COOKIE].value
