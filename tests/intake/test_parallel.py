import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from crm_plugin import signing
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import attempts, confirm, submissions
from crm_plugin.intake.models import Claim, Confirmation, Submission
from crm_plugin.personalisation import visitor
from crm_plugin.touchpoints.models import Inquiry, Touchpoint
from tests.parallel import at_once

from .conftest import PAGE, answer

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["佐藤", "鈴木", "高橋", "田中", "伊藤"]


def post(name, *, key, field="point.email", value="hanako@mail.example"):
    """What a visitor's request does."""
    said = {"contact.family_name": name, field: value, "message": "Hello"}
    row = submissions.receive(
        key=key,
        kind="inquiry",
        answers=[answer(name, value) for name, value in said.items()],
        page=PAGE,
        language="en",
    )
    return attempts.capture(row)


def all_went_well():
    states = set(Submission.objects.values_list("state", "attempts"))
    return states == {("processed", 0)}


@pytest.mark.parametrize(
    ("field", "value"),
    [("point.email", "hanako@mail.example"), ("point.phone", "090-1234-5678")],
)
def test_posts_at_one_instant_from_one_new_address_are_one_contact(field, value):
    rows = [post(name, key=name, field=field, value=value) for name in NAMES]
    at_once(attempts.attempt, rows)
    assert Contact.objects.count() == 1
    assert Touchpoint.objects.count() == Inquiry.objects.count() == 5
    assert Claim.objects.filter(field="contact.family_name").count() == 4
    assert all_went_well()


def test_they_get_one_mail_with_one_button():
    rows = [post(name, key=name) for name in NAMES]
    at_once(attempts.attempt, rows)
    assert Delivery.objects.count() == Confirmation.objects.count() == 1


def test_requests_that_take_in_at_one_instant_make_one_contact_too(settings):
    settings.CRM_CAPTURE = "request"
    at_once(lambda name: post(name, key=name), NAMES)
    assert Contact.objects.count() == 1
    attempts.work_off()
    assert Delivery.objects.count() == 1
    assert all_went_well()


@pytest.mark.parametrize("capture", ["worker", "request"])
def test_a_double_click_is_handled_once(settings, capture):
    settings.CRM_CAPTURE = capture
    rows = at_once(lambda _click: post("佐藤", key="one form"), range(5))
    assert len({row.reference for row in rows}) == 1
    at_once(lambda _worker: attempts.work_off(), range(3))
    for model in (Submission, Contact, Touchpoint, Inquiry, Delivery):
        assert model.objects.count() == 1
    assert not Claim.objects.exists()
    assert all_went_well()


def test_workers_that_start_together_do_everything_once():
    for number in range(12):
        post("佐藤", key=f"key-{number}", value=f"guest{number % 4}@mail.example")
    at_once(lambda _worker: attempts.work_off(), range(4))
    assert Contact.objects.count() == Delivery.objects.count() == 4
    assert Touchpoint.objects.count() == 12
    assert all_went_well()


def press(link):
    """What a browser does that presses the button behind *link*."""
    return confirm.press(confirm.read(link)).first


def test_of_two_presses_at_one_instant_one_is_the_first():
    row = attempts.attempt(post("佐藤", key="one form"))
    link = signing.make("confirm", row.confirmation.public_id)
    assert sorted(at_once(press, [link] * 4)) == [False, False, False, True]


def browser(link):
    """A new browser that presses; whether it is a verified one now."""
    client = Client()
    page = client.post(reverse("crm:confirm", args=[link])).content.decode()
    return visitor.COOKIE in client.cookies, "/crm/preferences/" in page


def test_of_two_browsers_at_one_instant_one_is_verified():
    """The other may be that of whoever got the mail passed on."""
    row = attempts.attempt(post("佐藤", key="one form"))
    link = signing.make("confirm", row.confirmation.public_id)
    seen = sorted(at_once(browser, [link] * 4))
    assert seen == [(False, False)] * 3 + [(True, True)]


def become_impatient():
    """This connection gives up soon when another one holds a lock."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout = 100")
        else:
            cursor.execute("SET lock_timeout = '100ms'")


@pytest.fixture
def held_lock():
    """Another connection holds the submissions until the block ends."""
    taken, enough = threading.Event(), threading.Event()

    def hold(_n):
        with transaction.atomic():
            list(Submission.objects.select_for_update())
            Submission.objects.update(agent_hash="held")
            taken.set()
            enough.wait(10)

    holder = threading.Thread(target=at_once, args=[hold, [1]])
    yield holder, taken, enough
    enough.set()
    holder.join()


def test_a_lock_that_lasts_too_long_loses_nothing(held_lock, caplog, settings):
    settings.CRM_CAPTURE = "worker"
    holder, taken, enough = held_lock
    row = post("佐藤", key="one form")
    holder.start()
    taken.wait(10)

    def impatient(row):
        become_impatient()
        return attempts.attempt(row)

    at_once(impatient, [row])
    assert not Contact.objects.exists()
    assert "ERROR" not in {record.levelname for record in caplog.records}
    enough.set()
    holder.join()
    attempts.work_off()
    assert Contact.objects.count() == 1
    assert all_went_well()
