"""Trust row I9: a flood of posts by machines, and people who write in between."""

import itertools
import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from crm_plugin import queue, signing
from crm_plugin.contacts.models import Contact
from crm_plugin.intake import quarantine
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Inquiry

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BOTS, PEOPLE = 1_000, 25
MOST_MILLISECONDS = 300
numbers = itertools.count()


def stamp(page, *, age, nonce=None):
    at = timezone.now().timestamp() - age
    nonce = nonce or f"nonce-{next(numbers)}"
    return signing.make("form", page.pk, n=nonce, t=at, s={}, w=0)


def said(number, **extra):
    return {
        "family_name": f"Bot {number}",
        "e_mail": f"bot{number}@spam.example",
        "message": f"Number {number} of many offers that nobody asked for.",
        **extra,
    }


def never_opened(page, number):
    return said(number)


def fills_everything(page, number):
    return said(number, crm_stamp=stamp(page, age=60), crm_homepage="http://x.example")


def in_a_hurry(page, number):
    return said(number, crm_stamp=stamp(page, age=0.5))


def opened_once(page, number):
    """Patient, with other words and another address each time, on one opened form."""
    return said(number, crm_stamp=stamp(page, age=60, nonce="the one"))


def says_the_same(page, number):
    """A new form each time, opened a minute ago, always the same words."""
    words = "Dear Sir, we improve the rank of your website for a small fee."
    return said(number, crm_stamp=stamp(page, age=60), message=words)


KINDS = [never_opened, fills_everything, in_a_hurry, opened_once, says_the_same]


def post(page, data, address):
    """One post of a browser of its own; the seconds until the answer."""
    started = time.perf_counter()
    answer = Client().post(page.url, data, REMOTE_ADDR=address)
    assert answer.status_code == 302
    return time.perf_counter() - started


def person(page, number):
    data = {
        "family_name": f"佐藤{number}",
        "e_mail": f"guest{number}@mail.example",
        "message": f"席はありますか。{number}名です。",
        "crm_stamp": stamp(page, age=40),
    }
    return post(page, data, f"198.51.{100 + number}.7")


def flood(page, addresses):
    """All the posts, a person's after every fortieth; the people's seconds."""
    waited = []
    for number in range(BOTS):
        data = KINDS[number % len(KINDS)](page, number)
        post(page, data, addresses[number % len(addresses)])
        if number % (BOTS // PEOPLE) == 20:
            waited.append(person(page, number // (BOTS // PEOPLE)))
    return sorted(waited)


def taken_in_by_people_and_by_bots():
    queue.run_due("intake", seconds=300)
    taken = Submission.objects.filter(state="processed")
    bots = taken.filter(email_norm__endswith="spam.example").count()
    return taken.count() - bots, bots


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


@pytest.mark.parametrize(
    "addresses",
    [["203.0.113.9"], [f"203.{n}.113.9" for n in range(200)]],
    ids=["from 1 address", "from 200 addresses"],
)
def test_a_flood_reaches_the_quarantine_and_people_reach_us(inquiry_page, addresses):
    waited = flood(inquiry_page, addresses)
    assert Submission.objects.count() == BOTS + PEOPLE
    people, bots = taken_in_by_people_and_by_bots()
    assert people == PEOPLE
    assert bots <= BOTS // 100
    assert Submission.objects.filter(state="held").count() == BOTS - bots
    assert Contact.objects.count() == PEOPLE + bots
    assert waited[int(len(waited) * 0.95)] * 1_000 < MOST_MILLISECONDS


def test_patient_machines_from_everywhere_are_stopped_by_work(inquiry_page, settings):
    """Nothing but their number tells them from people: that is what work is for."""
    settings.CRM_PROOF_OF_WORK = 12
    for number in range(100):
        nonce = f"patient-{number}"
        at = timezone.now().timestamp() - 60
        token = signing.make("form", inquiry_page.pk, n=nonce, t=at, s={}, w=12)
        data = said(number, crm_stamp=token, crm_work=str(number))
        post(inquiry_page, data, f"203.{number}.113.9")
    assert Submission.objects.filter(spam_reason="no_work").count() >= 99


def test_a_whole_flood_can_be_let_in(inquiry_page):
    flood(inquiry_page, ["203.0.113.9"])
    assert quarantine.release(Submission.objects.all()) >= BOTS * 0.99
    queue.run_due("intake", seconds=600)
    assert not Submission.objects.exclude(state="processed").exists()
    assert Inquiry.objects.count() == BOTS + PEOPLE
