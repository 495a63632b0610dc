"""What nobody confirmed is forgotten, and whatever else is known keeps a record."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from crm_plugin import journal, models, queue
from crm_plugin.conf import CrmSettings
from crm_plugin.consents import ledger, preferences, rebuild
from crm_plugin.contacts import records
from crm_plugin.intake import claims, confirm
from crm_plugin.intake.expiry import forget_provisional
from crm_plugin.models import ConsentEvent, Contact, Submission
from tests import factories

pytestmark = pytest.mark.django_db
START = "2026-05-11T10:00:00+09:00"


@pytest.fixture
def sign_up(send, newsletter, words, time_machine):
    """A sign-up that nobody confirms: ``sign_up("hanako@mail.example")``."""
    time_machine.move_to(START)

    def make(email="hanako@mail.example", **said):
        tick = [(newsletter, words)]
        return send(kind="sign_up", email=email, consents=tick, **said)

    return make


@pytest.fixture
def later(time_machine):
    """Let so many days pass, with the nightly work on each of two evenings."""

    def pass_by(days):
        for part in (10, days - 10):
            time_machine.shift(dt.timedelta(days=part))
            queue.run_due("consent-expiry", "provisional-expiry")

    return pass_by


def test_a_sign_up_that_nobody_confirmed_is_forgotten_with_all_it_left(sign_up, later):
    sign_up(family_name="佐藤", phone="+81901234567")
    later(91)
    for model in (
        Contact,
        models.ContactPoint,
        Submission,
        models.Touchpoint,
        models.Delivery,
        models.Confirmation,
        models.ConsentSubject,
        models.Consent,
        models.ContactSearchKey,
        journal.Change,
        journal.Operation,
    ):
        assert not model.objects.exists(), model


def test_the_ledger_keeps_its_lines_and_says_that_it_expired(sign_up, later):
    sign_up()
    later(91)
    assert [e.action for e in ConsentEvent.objects.order_by("id")] == ["ask", "expire"]
    assert rebuild.differences() == []


def test_until_its_time_has_come_it_stays(sign_up, later):
    sign_up()
    later(89)
    assert Contact.objects.get().provisional


def test_a_newer_form_keeps_it(send, newsletter, words, sign_up, later, time_machine):
    sign_up()
    time_machine.shift(dt.timedelta(days=60))
    send(email="hanako@mail.example", family_name="佐藤")
    later(40)
    assert Contact.objects.exists()


def confirmed(row):
    confirm.press(row.confirmation)


def a_purchase(row):
    factories.PurchaseFactory(contact=row.contact)


def a_booking(row):
    factories.BookingFactory(contact=row.contact)


def an_open_inquiry(row):
    factories.InquiryFactory(contact=row.contact)


def an_answered_inquiry(row):
    now = timezone.now()
    factories.InquiryFactory(contact=row.contact, answered_at=now, closed_at=now)


def a_note(row):
    factories.TouchpointFactory(contact=row.contact, kind="note")


def a_next_step(row):
    day = timezone.localdate()
    models.FollowUp.objects.create(contact=row.contact, due_on=day, what="Call")


def an_owner(row):
    owner = User.objects.create_user("aya")
    Contact.objects.filter(pk=row.contact.pk).update(owner=owner)


def corrected_by_staff(row):
    by = User.objects.create_user("aya")
    records.apply_values(row.contact, {"contact.given_name": "花子"}, by=by)


def wishes_noted_by_staff(row):
    by = User.objects.create_user("aya")
    preferences.choose(row.contact, frequency="monthly", by=by, basis="phone")


def a_refusal(row):
    ledger.withdraw(row.contact.points.get(), source="one-click")


def a_campaign(row):
    point = row.contact.points.get()
    factories.DeliveryFactory(contact=row.contact, point=point, agreed=False)


def an_answer_by_hand(row):
    by = User.objects.create_user("aya")
    models.Delivery.objects.create(
        contact=row.contact, kind="answer", by=by, address="a@mail.example"
    )


def somebody_they_introduced(row):
    factories.ContactFactory(introduced_by=row.contact)


def a_merged_record(row):
    models.ContactAlias.objects.create(
        contact=row.contact, old_id=999, old_public_id=row.public_id
    )


@pytest.mark.parametrize(
    "arrange",
    [
        confirmed,
        a_purchase,
        a_booking,
        an_open_inquiry,
        an_answered_inquiry,
        a_note,
        a_next_step,
        an_owner,
        corrected_by_staff,
        wishes_noted_by_staff,
        a_refusal,
        a_campaign,
        an_answer_by_hand,
        somebody_they_introduced,
        a_merged_record,
    ],
)
def test_whatever_else_is_known_keeps_it(sign_up, later, arrange):
    row = sign_up()
    arrange(row)
    later(200)
    assert Contact.objects.filter(pk=row.contact.pk).exists()


def test_an_inquiry_that_was_closed_without_an_answer_does_not(
    send, later, time_machine
):
    time_machine.move_to(START)
    send(email="spam@mail.example", message="Buy now")
    models.Inquiry.objects.update(closed_at=timezone.now())
    later(91)
    assert not Contact.objects.exists()


def test_a_confirmed_contact_stays_whatever_forms_claim(sign_up, later, contact):
    row = sign_up("hanako@mail.example", family_name="悪")
    assert row.contact == contact
    later(200)
    assert Contact.objects.get() == contact
    assert models.Claim.objects.get().state == "waiting"


def test_the_owner_sets_the_time(sign_up, later):
    CrmSettings.objects.create(provisional_days=30)
    sign_up()
    later(31)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("where", ["settings", "owner"])
def test_zero_forgets_nobody(sign_up, later, settings, where):
    if where == "owner":
        CrmSettings.objects.create(provisional_days=0)
    settings.CRM_PROVISIONAL_DAYS = 0 if where == "settings" else 90
    sign_up()
    later(900)
    assert Contact.objects.exists()


def test_it_goes_by_portions_of_a_fixed_cost(
    sign_up, time_machine, django_assert_max_num_queries
):
    for number in range(6):
        sign_up(f"guest{number}@mail.example")
    time_machine.shift(dt.timedelta(days=10))
    ledger.expire_unconfirmed()
    time_machine.shift(dt.timedelta(days=90))
    with django_assert_max_num_queries(200) as few:
        assert forget_provisional(1) == 1
    with django_assert_max_num_queries(len(few)):
        assert forget_provisional(4) == 4
    assert Contact.objects.count() == 1


def test_who_was_asked_at_the_counter_is_provisional_no_more(sign_up, send, later):
    row = sign_up()
    send(email="hanako@mail.example", family_name="佐藤")
    claims.accept(row.contact.claims.get(), by=None, basis="asked")
    later(200)
    assert not Contact.objects.get().provisional
