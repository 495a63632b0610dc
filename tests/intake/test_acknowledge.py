import datetime as dt
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin.bookings import marks
from crm_plugin.bookings.models import Booking
from crm_plugin.conf import CrmSettings
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import acknowledge, identity, process, said
from crm_plugin.intake.loops import read_by_machine
from crm_plugin.intake.models import Confirmation
from tests import factories

from .conftest import answer

pytestmark = pytest.mark.django_db
FORM_2 = {"id": 8, "title": "Catering", "url": "", "revision": None}


def mails():
    return Delivery.objects.order_by("id")


def test_one_mail_with_number_promise_and_echo(send, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    CrmSettings.objects.create(business_name="Hinata", phone="0166-00-0000")
    row = send(email="hanako@mail.example", family_name="佐藤", message="A table?")
    mail = mails().get()
    assert (mail.kind, mail.address) == ("acknowledgement", "hanako@mail.example")
    assert mail.values["reference"] == row.reference
    assert "12" in mail.values["answer_by"]
    assert "Message: A table?" in mail.values["message"]
    assert mail.values["phone"] == "0166-00-0000"


def test_the_promise_can_stand_before_a_full_stop(send, time_machine):
    time_machine.move_to("2026-05-11T13:41:00+09:00")
    send(email="hanako@mail.example", family_name="Brown", message="A table?")
    assert mails().get().values["answer_by"] == "1:41 p.m. on May 12, 2026"


def test_the_newsletter_tick_brings_one_button(send, newsletter, words):
    send(email="hanako@mail.example", message="Hi", consents=[(newsletter, words)])
    values = mails().get().values
    assert "/crm/confirm/" in values["confirm_url"]
    assert "news" in values["confirm_reason"]
    assert "hanako" not in values["confirm_url"]


def test_new_details_bring_the_button(send, contact):
    send(email="hanako@mail.example", family_name="鈴木")
    assert "new details" in mails().get().values["confirm_reason"]


def test_with_nothing_to_confirm_there_is_no_button(send, contact):
    send(email="hanako@mail.example", message="Is it open on Monday?")
    assert mails().get().values["confirm_url"] == ""
    assert not Confirmation.objects.exists()


def test_one_mail_a_day_for_one_form(send, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    send(email="hanako@mail.example", message="One")
    send(email="Hanako@Mail.example", message="Two")
    assert mails().count() == 1
    send(email="hanako@mail.example", message="Other form", page=FORM_2)
    assert mails().count() == 2
    time_machine.shift(60 * 60 * 24 + 1)
    send(email="hanako@mail.example", message="Next day")
    assert mails().count() == 3


@pytest.fixture
def book(send, time_machine):
    """Book a table at an hour of tomorrow, by the same form and for the same guest."""
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    service = factories.ServiceFactory(lead_hours=0, days_ahead=14)
    for hour in range(12, 20):
        service.slots.create(weekday=1, starts=dt.time(hour))

    def at(hour, email="hanako@mail.example"):
        said = [
            answer("booking.service", service.key),
            answer("booking.starts_at", f"2026-05-12T{hour}:00:00+09:00"),
            answer("booking.party", "2"),
        ]
        return send(kind="booking", email=email, family_name="佐藤", more=said)

    return at


def test_each_booking_has_its_own_mail_with_a_link_to_move_it(book):
    book(12), book(18)
    kinds = [mail.kind for mail in mails()]
    links = {mail.values["manage_url"] for mail in mails()}
    assert kinds == ["booking_received", "booking_received"]
    assert len(links) == 2
    assert all("/crm/booking/" in link for link in links)


def test_after_three_bookings_a_day_there_is_no_mail(book, time_machine):
    for hour in (12, 14, 16, 18):
        book(hour)
    assert Booking.objects.count() == 4
    assert mails().count() == 3
    book(12, email="taro@mail.example")
    assert mails().count() == 4
    time_machine.shift(60 * 60 * 24 + 1)
    book(19)
    assert mails().count() == 5


def test_the_same_time_is_told_once(book):
    book(12), book(12)
    assert Booking.objects.count() == 2
    assert mails().count() == 1


def test_a_time_that_was_cancelled_and_is_booked_again_is_told_again(book):
    book(12)
    marks.cancel(Booking.objects.get())
    book(12)
    assert [mail.kind for mail in mails()] == ["booking_received"] * 2


def test_a_question_at_another_form_has_its_mail_beside_the_bookings(book, send):
    for hour in (12, 14, 16):
        book(hour)
    send(email="hanako@mail.example", message="May I bring a dog?", page=FORM_2)
    assert mails().last().kind == "acknowledgement"


def test_one_button_a_day_for_one_address(send, newsletter, words, time_machine):
    time_machine.move_to("2026-05-11T10:00:00+09:00")
    tick = [(newsletter, words)]
    send(email="hanako@mail.example", consents=tick)
    send(email="hanako@mail.example", consents=tick, page=FORM_2)
    assert mails().last().values["confirm_url"] == ""
    time_machine.shift(60 * 60 * 24 + 1)
    send(email="hanako@mail.example", consents=tick)
    assert mails().last().values["confirm_url"]


@pytest.mark.parametrize(
    "address",
    [
        "noreply@mail.example",
        "no-reply@mail.example",
        "do_not_reply@mail.example",
        "MAILER-DAEMON@mail.example",
        "postmaster@mail.example",
        "bounce+12345@mail.example",
        "bounces-99@mail.example",
    ],
)
def test_mailboxes_that_nobody_reads_get_no_mail(send, address):
    send(email=address, message="I am a robot")
    assert not mails().exists()


def test_people_with_similar_names_do_get_one():
    for address in ("noreplyson@mail.example", "bouncer@mail.example"):
        assert not read_by_machine(address)


@pytest.mark.parametrize(
    "spam",
    [
        "Buy at http://evil.example/x now",
        "HTTPS://EVIL.EXAMPLE",
        "see www.evil.example",
        "see evil.example/path?x=1",
        "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "write to win@evil.example",
        "javascript://evil.example",
        "今すぐevil.exampleへ",
        "see 192.0.2.7/evil.example",
    ],
)
def test_nothing_that_was_typed_can_be_clicked(send, spam):
    send(email="victim@mail.example", family_name=spam[:80], message=spam)
    shown = str(mails().get().values).lower()
    assert "evil.example" not in shown.replace("victim@mail.example", "")


@pytest.mark.parametrize("text", ["192.0.2.7", "192.0.2.7:8080/x", "at 192.0.2.7 now"])
def test_a_host_without_a_name_is_an_address_too(text):
    assert "192" not in said.without_links(text)


@pytest.mark.parametrize(
    "text",
    [
        "It costs 1.500 yen",
        "on 2026.12.24",
        "call 06.12.34.56.78",
        "at 18.30.",
        "e.g. four",
        "...",
        "こんにちは。予約したいです。4名です。",
    ],
)
def test_ordinary_words_stay_as_they_were(text):
    assert said.without_links(text) == text


@pytest.mark.parametrize(
    "bomb", ["@", "a@", "-", "a-", "a.", "1.", "1.1.1.", "。", "x://"]
)
def test_no_text_is_slow_to_read_for_links(bomb):
    before = time.process_time()
    said.without_links(bomb * (10_000 // len(bomb)))
    assert time.process_time() - before < 1


def test_a_very_long_text_is_echoed_in_part(send):
    send(email="hanako@mail.example", message="あ" * 9_000)
    assert len(mails().get().values["message"]) < 2_100


def test_the_mail_speaks_the_language_of_the_form(send, monkeypatch):
    row = send(email="hanako@mail.example", message="Hi")
    assert mails().get().language == row.language == "en"


def test_a_sign_up_has_its_own_mail(send, newsletter, words):
    send(kind="sign_up", email="hanako@mail.example", consents=[(newsletter, words)])
    mail = mails().get()
    assert mail.kind == "sign_up_received"
    assert "/crm/confirm/" in mail.values["confirm_url"]


def test_whoever_answers_is_told_of_an_inquiry(send):
    factories.SenderFactory(from_email="hello@hinata.example")
    send(email="hanako@mail.example", message="A table?")
    kinds = sorted(mails().values_list("kind", "address"))
    assert kinds == [
        ("acknowledgement", "hanako@mail.example"),
        ("inquiry_notice", "hello@hinata.example"),
    ]


def test_also_of_one_that_came_with_a_phone_number_only(send):
    factories.SenderFactory(from_email="hello@hinata.example")
    row = send(phone="090-1234-5678", message="Please call me")
    assert row.state == "processed"
    assert [mail.kind for mail in mails()] == ["inquiry_notice"]


def test_nobody_is_told_of_a_sign_up(send, newsletter, words):
    factories.SenderFactory()
    send(kind="sign_up", email="hanako@mail.example", consents=[(newsletter, words)])
    assert [mail.kind for mail in mails()] == ["sign_up_received"]


def test_the_notice_comes_even_where_no_mail_is_owed(send):
    factories.SenderFactory()
    send(email="noreply@mail.example", message="I am a robot")
    assert [mail.kind for mail in mails()] == ["inquiry_notice"]


def test_the_address_is_held_before_the_row_as_when_it_was_taken_in(send, monkeypatch):
    """Whoever takes them the other way round waits for ever for somebody who waits."""
    row = process.process(
        send(process_it=False, email="hanako@mail.example", message="Hello")
    )
    hold, read_before = identity.hold, []
    with CaptureQueriesContext(connection) as queries:

        def look(submission):
            told = [query["sql"] for query in queries.captured_queries]
            read_before.append([sql for sql in told if "crm_plugin_submission" in sql])
            hold(submission)

        monkeypatch.setattr(identity, "hold", look)
        assert acknowledge.acknowledge(row).state == "processed"
    assert read_before == [[]]
