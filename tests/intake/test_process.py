import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from crm_plugin.consents.models import Consent, ConsentEvent
from crm_plugin.contacts.models import Contact, ContactChange, FirstTouch
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import attempts, process
from crm_plugin.intake.models import Claim, Submission
from crm_plugin.touchpoints.models import Inquiry, Touchpoint
from tests import factories
from tests.factories import AttributeFactory, ContactFactory

from .conftest import answer

pytestmark = pytest.mark.django_db
# PostgreSQL locks the address; SQLite has one writer anyhow.
LOCK = int(connection.vendor == "postgresql")


def test_a_new_address_becomes_a_provisional_contact(send):
    row = send(
        email="hanako@mail.example",
        family_name="佐藤",
        given_name="花子",
        phone="090-1234-5678",
        message="Is there a table for four?",
    )
    contact = Contact.objects.get()
    assert row.contact == contact
    assert contact.provisional
    assert contact.name == "佐藤 花子"
    assert set(contact.points.values_list("kind", "value_norm")) == {
        ("email", "hanako@mail.example"),
        ("phone", "+819012345678"),
    }
    assert not contact.points.exclude(verified_at=None).exists()
    assert row.state == "processed"


def test_where_they_came_from_is_kept_once(send):
    source = {"utm_source": "leaflet", "referrer": "https://town.example/"}
    send(email="hanako@mail.example", message="Hello", source=source)
    send(email="hanako@mail.example", message="Again", source={"utm_source": "x"})
    touch = FirstTouch.objects.get()
    assert (touch.source, touch.channel) == ("leaflet", "web")
    assert touch.landing_url == "https://hinata.example/en/ask/"


def test_the_history_keeps_its_own_copy(send):
    row = send(email="hanako@mail.example", message="A table for four?")
    touch = Touchpoint.objects.get()
    assert touch.body == "A table for four?"
    assert touch.answers == row.answers
    assert (touch.page_id, touch.page_title, touch.revision) == (7, "Ask us", 9)
    assert touch.unverified


def test_a_sensitive_answer_stays_out_of_what_everybody_reads(send):
    AttributeFactory(key="allergies", type="text", sensitive=True, purpose="Safety")
    row = send(
        email="hanako@mail.example",
        message="A table for four?",
        more=[answer("attribute.allergies", "peanuts")],
    )
    assert "peanuts" in str(row.answers)
    assert row.contact.values.get().text == "peanuts"
    assert "peanuts" not in str(Touchpoint.objects.values().get())
    assert "peanuts" not in str(Delivery.objects.get().values)


def test_a_message_opens_an_inquiry_that_is_owed_an_answer(send):
    row = send(email="Hanako@Mail.example", message="A table for four?")
    inquiry = Inquiry.objects.get()
    assert inquiry.reference == row.reference
    assert inquiry.reply_to == "hanako@mail.example"
    assert inquiry.due_at == inquiry.received_at + dt.timedelta(hours=24)


def test_without_a_message_no_answer_is_owed(send):
    send(email="hanako@mail.example")
    assert not Inquiry.objects.exists()
    assert Touchpoint.objects.get().kind == "form"


def test_a_sign_up_owes_no_answer(send, newsletter, words):
    send(
        kind="sign_up",
        email="hanako@mail.example",
        message="hello",
        consents=[(newsletter, words)],
    )
    assert not Inquiry.objects.exists()


def test_a_tick_is_only_asked_for(send, newsletter, words):
    send(email="hanako@mail.example", consents=[(newsletter, words)])
    assert Consent.objects.get().state == "pending"
    event = ConsentEvent.objects.get()
    assert (event.wording, event.page, event.revision) == (words.pk, 7, 9)


def test_a_known_address_changes_nothing_and_everything_waits(send, contact):
    before = Contact.objects.values().get()
    send(
        email="ＨＡＮＡＫＯ＠mail.example",
        family_name="鈴木",
        phone="03-1111-2222",
        message="It is me",
    )
    assert Contact.objects.values().get() == before
    assert contact.points.count() == 2
    assert set(Claim.objects.values_list("field", "text", "state")) == {
        ("contact.family_name", "鈴木", "waiting"),
        ("point.phone", "03-1111-2222", "waiting"),
    }
    assert Touchpoint.objects.get(contact=contact).unverified


def test_what_the_record_holds_already_is_no_claim(send, contact):
    send(
        email="hanako@mail.example",
        family_name=contact.family_name,
        given_name="花子",
        phone="090 1234 5678",
    )
    assert not Claim.objects.exists()


def test_a_provisional_contact_is_no_more_open_than_a_confirmed_one(send):
    send(email="hanako@mail.example", family_name="佐藤")
    send(email="hanako@mail.example", family_name="鈴木")
    assert Contact.objects.get().family_name == "佐藤"
    assert Claim.objects.get().value == "鈴木"


def test_the_phone_number_counts_where_no_address_was_typed(send, contact):
    send(phone="+81 90 1234 5678", family_name="鈴木")
    assert Contact.objects.count() == 1
    assert Claim.objects.get().field == "contact.family_name"


def test_an_unknown_address_is_somebody_new_whatever_the_phone_number(send, contact):
    send(email="taro@mail.example", phone="090-1234-5678")
    assert Contact.objects.count() == 2


def test_of_several_at_one_address_the_one_who_gave_her_name_is_meant(send, contact):
    husband = ContactFactory(
        family_name="佐藤", given_name="太郎", email="hanako@mail.example"
    )
    row = send(email="hanako@mail.example", family_name="佐藤", given_name="太郎")
    assert row.contact == husband
    row = send(email="hanako@mail.example", family_name="高橋", given_name="次郎")
    assert row.contact == contact


def test_a_browser_verified_for_the_address_writes_directly(send, contact):
    send(
        email="hanako@mail.example",
        family_name="鈴木",
        message="I married",
        verified_for="hanako@mail.example",
        verified_contact_id=contact.pk,
    )
    contact.refresh_from_db()
    assert contact.family_name == "鈴木"
    assert not Claim.objects.exists()
    assert not Touchpoint.objects.get().unverified


def test_an_answer_the_registry_refuses_keeps_no_other_from_arriving(send):
    send(email="hanako@mail.example", birth_on="not a day", family_name="佐藤")
    contact = Contact.objects.get()
    assert (contact.family_name, contact.birth_on) == ("佐藤", None)


def test_a_name_alone_is_enough(send):
    send(family_name="佐藤", message="Hello")
    assert Contact.objects.get().family_name == "佐藤"
    assert not Delivery.objects.exists()


def test_the_change_feed_is_told(send):
    send(email="hanako@mail.example", message="Hello")
    aspects = set(ContactChange.objects.values_list("aspect", flat=True))
    assert {"fields", "touchpoints"} <= aspects


def test_processing_twice_does_it_once(send):
    row = send(email="hanako@mail.example", message="Hello")
    Submission.objects.update(state="stored")
    attempts.attempt(Submission.objects.get(pk=row.pk))
    assert Touchpoint.objects.count() == 1
    assert Inquiry.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_the_cost_of_a_new_contact_is_known(send, django_assert_num_queries):
    row = send(
        email="hanako@mail.example", family_name="佐藤", message="Hi", process_it=False
    )
    with django_assert_num_queries(15 + LOCK):
        process.process(row)


def test_the_cost_of_a_known_contact_is_known(send, contact, django_assert_num_queries):
    row = send(
        email="hanako@mail.example", family_name="鈴木", message="Hi", process_it=False
    )
    with django_assert_num_queries(11 + LOCK):
        process.process(row)


def test_who_booked_by_a_form_is_asked_again_what_rules_ask_of_forms(send, contact):
    """A booking writes no touchpoint, but it is a form, and may claim another name."""
    service = factories.ServiceFactory(lead_hours=0, days_ahead=14)
    hours = timezone.localtime() + dt.timedelta(days=1)
    service.slots.create(weekday=hours.weekday(), starts=dt.time(12))
    said = [
        answer("booking.service", service.key),
        answer("booking.starts_at", f"{hours:%Y-%m-%d}T12:00:00+09:00"),
        answer("booking.party", "2"),
    ]
    ContactChange.objects.all().delete()
    send(kind="booking", email="hanako@mail.example", family_name="森", more=said)
    assert Claim.objects.get().contact == contact
    told = ContactChange.objects.filter(contact_id=contact.pk)
    assert "touchpoints" in told.values_list("aspect", flat=True)
