"""A link to one's preferences: asked for with an address, sent to the address only."""

import datetime as dt
import statistics
import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.models import Delivery, LinkRequest
from tests.factories import ContactFactory, PointFactory

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "hanako@mail.example", "nobody@mail.example"


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def point():
    return PointFactory(value=KNOWN, contact__language="en")


@pytest.fixture
def url():
    return reverse("crm:ask_preferences")


def work():
    queue.run_due("preference-links")


def test_the_link_is_mailed_to_the_address(client, url, point):
    client.post(url, {"email": "Hanako@Mail.example"})
    work()
    mail = Delivery.objects.get()
    assert (mail.address, mail.kind) == (KNOWN, "preferences")
    opened = client.get(mail.values["preferences_url"].partition("localhost")[2])
    assert "What you hear from us" in opened.content.decode()
    assert not LinkRequest.objects.exists()


def test_an_address_that_we_do_not_have_gets_nothing(client, url, point):
    client.post(url, {"email": UNKNOWN})
    work()
    assert not Delivery.objects.exists()
    assert not LinkRequest.objects.exists()


def test_words_and_work_are_the_same_for_every_address(client, url, point):
    seen = []
    client.post(url, {"email": "first@mail.example"})
    for address in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(url, {"email": address})
        said = [query["sql"].replace(address, "ADDRESS") for query in queries]
        said = [sql for sql in said if "LinkRequest" in sql or "linkrequest" in sql]
        seen.append((answer.status_code, answer.content, len(queries), len(said)))
    assert seen[0] == seen[1]


def test_the_time_is_the_same_for_every_address(client, url, point, settings):
    settings.CRM_RATE_LIMIT_POSTS = 10_000
    times = {KNOWN: [], UNKNOWN: []}
    for number in range(102):
        address = (KNOWN, UNKNOWN)[number % 2]
        began = time.perf_counter()
        client.post(url, {"email": address})
        times[address].append(time.perf_counter() - began)
    known, unknown = (statistics.median(t[1:]) for t in times.values())
    assert abs(known - unknown) < 0.02


def test_one_link_a_day_however_often_it_is_asked_for(client, url, point, time_machine):
    time_machine.move_to("2026-05-11T23:50:00+09:00")
    for _time in range(5):
        client.post(url, {"email": KNOWN})
        work()
    time_machine.shift(dt.timedelta(minutes=20))
    client.post(url, {"email": KNOWN})
    work()
    assert Delivery.objects.count() == 1
    time_machine.shift(dt.timedelta(hours=24))
    client.post(url, {"email": KNOWN})
    work()
    assert Delivery.objects.count() == 2


def test_asking_often_stores_once(client, url):
    for _time in range(5):
        client.post(url, {"email": UNKNOWN})
    assert LinkRequest.objects.count() == 1


def test_a_network_that_asks_for_very_many_is_told_to_wait(client, url, settings):
    settings.CRM_RATE_LIMIT_POSTS = 3
    answers = [client.post(url, {"email": f"a{n}@mail.example"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert "try again" in answers[-1].content.decode()
    assert "a4@mail.example" in answers[-1].content.decode()
    assert LinkRequest.objects.count() == 3


@pytest.mark.parametrize(
    "typed", ["", "hanako", "a@b", "x" * 400, "<script>@x.example"]
)
def test_what_is_no_address_is_told_beside_the_field(client, url, typed):
    html = client.post(url, {"email": typed}).content.decode()
    assert 'class="wrong"' in html
    assert "<script>" not in html
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_looking_asks_for_nothing(client, url, point, verb):
    getattr(client, verb)(url, {"email": KNOWN})
    assert not LinkRequest.objects.exists()


def test_on_several_records_it_goes_to_whose_owner_confirmed_it(client, url):
    PointFactory(value=KNOWN, verified_at=None)
    confirmed = PointFactory(value=KNOWN)
    client.post(url, {"email": KNOWN})
    work()
    assert Delivery.objects.get().contact == confirmed.contact


def test_archived_records_get_none(client, url, point):
    type(point.contact).objects.update(archived_at=timezone.now())
    client.post(url, {"email": KNOWN})
    work()
    assert not Delivery.objects.exists()


def test_unsubscribing_offers_it_instead(client, url):
    from tests.permission_world import World

    world = World()
    page = client.get(world.url("crm:unsubscribe", ("token",))).content.decode()
    assert url in page


def test_the_page_is_private(client, url):
    answer = client.get(url)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_many_requests_are_answered_in_portions(url):
    for number in range(3):
        PointFactory(contact=ContactFactory(), value=f"g{number}@mail.example")
        LinkRequest.objects.create(address_norm=f"g{number}@mail.example")
    work()
    assert Delivery.objects.count() == 3
