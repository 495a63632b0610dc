"""Trust row I9 for machines that open the form, wait, and fill in no trap.

Without proof of work nothing but their number tells them from people: what is counted
holds by network, by browser and by address, and what is beyond waits for a look.
"""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client

from crm_plugin import queue
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import quarantine
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry

from .test_spam_burst import said, stamp

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.database]
POSTS = 40
# The defaults, in ten minutes.
BY_NETWORK, BY_BROWSER, BY_ADDRESS = 20, 10, 5
ONE_NETWORK = [f"203.0.113.{n}" for n in range(POSTS)]
ONE_HOUSEHOLD = [f"2001:db8:1:2::{n:x}" for n in range(1, POSTS + 1)]
EVERYWHERE = [f"203.{n}.113.9" for n in range(POSTS)]


@pytest.fixture(autouse=True)
def _fresh(time_machine):
    cache.clear()
    time_machine.move_to("2026-05-11T10:00:00+09:00")


@pytest.fixture
def page(inquiry_page):
    return inquiry_page


def attack(page, addresses, *, client=None, **same):
    """A form of its own for each post, opened a minute ago, other words each time."""
    for number, address in enumerate(addresses):
        data = said(number, crm_stamp=stamp(page, age=60), **same)
        browser = client or Client(HTTP_USER_AGENT="Mozilla/5.0 Firefox/150")
        answer = browser.post(page.url, data, REMOTE_ADDR=address)
        assert answer.status_code == 302
        assert browser.get(answer.url).status_code == 200
    queue.run_due("intake")


def outcome():
    """How many came through, and why the others wait."""
    held = Submission.objects.filter(state="held")
    reasons = set(held.values_list("spam_reason", flat=True))
    return Submission.objects.filter(state="processed").count(), reasons


@pytest.mark.parametrize("addresses", [ONE_NETWORK, ONE_HOUSEHOLD], ids=["v4", "v6"])
def test_many_machines_of_one_network_come_through_as_often_as_it_may(page, addresses):
    attack(page, addresses)
    assert outcome() == (BY_NETWORK, {"rate"})
    assert Submission.objects.count() == POSTS
    assert Contact.objects.count() == BY_NETWORK


def test_one_address_is_named_from_everywhere_as_often_as_it_may(page):
    attack(page, EVERYWHERE, e_mail="victim@mail.example")
    assert outcome() == (BY_ADDRESS, {"address_rate"})
    assert Submission.objects.count() == POSTS
    assert Contact.objects.count() == 1
    assert Inquiry.objects.count() == BY_ADDRESS
    assert Delivery.objects.filter(address_norm="victim@mail.example").count() == 1


def test_one_telephone_is_named_from_everywhere_as_often_as_it_may(page):
    page.form_fields.filter(clean_name="e_mail").update(required=False)
    attack(page, EVERYWHERE, e_mail="", phone="090-1234-5678")
    assert outcome() == (BY_ADDRESS, {"address_rate"})


def test_one_browser_behind_many_networks_comes_through_as_often_as_it_may(page):
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 Firefox/150")
    client.cookies["csrftoken"] = "a" * 32
    attack(page, EVERYWHERE, client=client)
    assert outcome() == (BY_BROWSER, {"browser_rate"})


def test_a_person_elsewhere_is_not_held_for_them(page):
    attack(page, ONE_NETWORK)
    attack(page, ["198.51.100.7"], e_mail="guest@mail.example")
    assert Submission.objects.get(email_norm="guest@mail.example").state == "processed"


def test_what_waits_is_let_in_by_one_click_and_the_next_window_is_open(
    page, time_machine
):
    attack(page, ONE_NETWORK)
    quarantine.release(Submission.objects.filter(state="held"))
    queue.run_due("intake")
    assert outcome() == (POSTS, set())
    assert Inquiry.objects.count() == POSTS
    time_machine.shift(dt.timedelta(minutes=10))
    attack(page, ["203.0.113.9"], e_mail="late@mail.example")
    assert outcome() == (POSTS + 1, set())
