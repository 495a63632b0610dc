import pytest
from django.http import HttpResponse
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
    without = [page.split(b"csrfmiddlewaretoken")[0] for page in (known, stranger)]
    assert without[0] == without[1]
