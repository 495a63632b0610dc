import datetime as dt
import re

import pytest
from django.utils import timezone

from crm_plugin.bookings import reserve
from crm_plugin.bookings.models import BookedTick, Booking
from crm_plugin.consents.models import ConsentEvent
from crm_plugin.contacts.models import Contact
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Submission
from crm_plugin.touchpoints.models import Touchpoint
from tests.factories import ContactFactory, ServiceFactory

pytestmark = pytest.mark.django_db
SIX = "2026-05-12T18:00:00+09:00"
EIGHT = "2026-05-12T20:00:00+09:00"
TARO = {
    "family_name": "田中",
    "e_mail": "taro@mail.example",
    "message": "By the window, please.",
    "crm_party": "4",
    "crm_day": "2026-05-12",
    "crm_slot": SIX,
}


@pytest.fixture
def visitor(visit, booking_page, dinner):
    found = visit(booking_page)
    TARO["crm_service"] = dinner.key
    return found


def slots(response):
    return re.findall(r'name="crm_slot" value="([^"]+)"', response.content.decode())


def test_a_table_is_booked_while_the_visitor_waits(visitor, dinner):
    sent = visitor.send(**TARO)
    booking = Booking.objects.get()
    assert booking.starts_at.isoformat() == "2026-05-12T09:00:00+00:00"
    assert (booking.service, booking.party_size) == (dinner, 4)
    assert (booking.note, booking.unverified) == ("By the window, please.", True)
    html = visitor.client.get(sent.url).content.decode()
    assert booking.reference in html
    assert "Your booking stands" in html
    assert "May 12, 2026 (Tue), 6 p.m." in html
    assert "4 people" in html


def test_going_back_to_tick_the_news_books_no_second_table(visitor):
    visitor.send(**TARO)
    sent = visitor.send(**TARO, crm_consent="on")
    assert Booking.objects.count() == Delivery.objects.count() == 1
    assert ConsentEvent.objects.get().action == "ask"
    assert "Your booking stands" in visitor.client.get(sent.url).content.decode()


def test_a_booking_writes_no_second_row_into_the_history(visitor):
    visitor.send(**TARO)
    assert not Touchpoint.objects.exists()


def test_the_mail_tells_the_booking(visitor):
    visitor.send(**TARO)
    delivery = Delivery.objects.get()
    assert delivery.kind == "booking_received"
    assert delivery.values["reference"] == Booking.objects.get().reference
    assert delivery.values["party"] == "4 people"


def test_only_free_times_are_offered(visitor, dinner):
    taken = ContactFactory()
    start = timezone.datetime.fromisoformat(SIX)
    reserve.book(dinner, start, party=8, contact=taken, key=None)
    offered = visitor.send(
        crm_again="1", crm_service=dinner.key, crm_party="2", crm_day="2026-05-12"
    )
    assert slots(offered) == [EIGHT]


def test_another_day_asks_again_and_keeps_what_was_typed(visitor):
    shown = visitor.send(**TARO | {"crm_again": "1", "crm_day": "2026-05-14"})
    html = shown.content.decode()
    assert {slot[:10] for slot in slots(shown)} == {"2026-05-14"}
    assert "田中" in html
    assert "By the window, please." in html
    assert "crm-form__errors" not in html
    assert not Submission.objects.exists()


def test_a_time_that_went_meanwhile_is_said_by_the_field(visitor, dinner):
    visitor.open()
    start = timezone.datetime.fromisoformat(SIX)
    reserve.book(dinner, start, party=8, contact=ContactFactory(), key=None)
    refused = visitor.send(**TARO)
    html = refused.content.decode()
    assert refused.status_code == 200
    assert "This time is no longer free" in html
    assert "田中" in html
    assert slots(refused) == [EIGHT]


@pytest.fixture
def quicker_guest(monkeypatch, dinner):
    """Somebody takes the places between the check of the form and the booking."""
    real = reserve.book

    def book(service, starts_at, **said):
        if said["key"]:
            monkeypatch.setattr(reserve, "book", real)
            real(service, starts_at, party=8, contact=ContactFactory(), key=None)
        return real(service, starts_at, **said)

    monkeypatch.setattr(reserve, "book", book)


def test_losing_the_race_loses_nothing_that_was_typed(visitor, quicker_guest):
    before = Contact.objects.count()
    refused = visitor.send(**TARO)
    html = refused.content.decode()
    assert "This time is no longer free" in html
    assert "田中" in html
    row = Submission.objects.get()
    assert (row.state, row.error) == ("failed", "SlotTaken")
    assert Contact.objects.count() == before


def test_another_time_settles_the_lost_one(visitor, quicker_guest):
    visitor.send(**TARO)
    visitor.send(**TARO | {"crm_slot": EIGHT})
    assert Booking.objects.get(party_size=4).starts_at.hour == 11
    assert set(Submission.objects.values_list("state", flat=True)) == {"processed"}


def test_the_same_time_may_be_tried_again_once_it_is_free(visitor, quicker_guest):
    visitor.send(**TARO)
    assert not Booking.objects.exists()
    visitor.send(**TARO)
    assert Booking.objects.filter(party_size=4).exists()
    assert Submission.objects.get().state == "processed"


def test_a_double_click_books_once(visitor):
    for _time in range(3):
        assert visitor.send(**TARO).status_code == 302
    assert Booking.objects.count() == 1
    assert BookedTick.objects.count() == 4 * 6


@pytest.mark.parametrize(
    "said",
    [
        {"crm_slot": "2026-05-10T18:00:00+09:00", "crm_day": "2026-05-10"},
        {"crm_slot": "2027-05-12T18:00:00+09:00", "crm_day": "2027-05-12"},
        {"crm_slot": "2026-05-12T18:07:00+09:00"},
        {"crm_slot": "nonsense"},
        {"crm_slot": ""},
        {"crm_party": "99"},
        {"crm_party": "-1"},
        {"crm_party": "四"},
        {"crm_service": "nothing"},
    ],
)
def test_what_cannot_be_booked_is_refused_in_words(visitor, said):
    refused = visitor.send(**TARO | said)
    assert refused.status_code == 200
    assert "Please check these entries" in refused.content.decode()
    assert not Booking.objects.exists()


@pytest.mark.parametrize("offset", ["", "+01:00", "+02:00"])
def test_the_hour_that_the_clocks_skip_is_refused_and_nothing_lost(
    visitor, dinner, settings, offset
):
    settings.TIME_ZONE = "Europe/Berlin"
    visitor.clock.move_to("2026-03-27T10:00:00+01:00")
    dinner.slots.create(weekday=6, starts=dt.time(2, 30))
    visitor.open("?day=2026-03-29")
    skipped = {"crm_day": "2026-03-29", "crm_slot": f"2026-03-29T02:30:00{offset}"}
    refused = visitor.send(**TARO | skipped)
    assert refused.status_code == 200
    html = refused.content.decode()
    assert "Please check these entries" in html
    assert TARO["message"] in html
    assert not Booking.objects.exists()


def test_a_held_booking_does_not_pretend_to_stand(visitor):
    sent = visitor.send(**TARO, crm_homepage="http://spam.example")
    html = visitor.client.get(sent.url).content.decode()
    assert "will confirm it" in html
    assert not Booking.objects.exists()


def test_a_link_may_choose_the_service(visitor):
    lunch = ServiceFactory(key="lunch", name="Lunch table")
    html = visitor.open("?service=lunch").content.decode()
    assert re.search(rf'value="{lunch.key}"[^>]* checked', html)


def test_with_nothing_free_the_page_says_so(visitor, dinner):
    dinner.slots.all().delete()
    html = visitor.open().content.decode()
    assert "Nothing is free in these weeks" in html


def test_with_no_service_the_page_still_opens(visitor, dinner):
    dinner.delete()
    assert visitor.open().status_code == 200


def test_a_booking_is_made_at_once_and_its_mail_later(visitor):
    visitor.send(**TARO, worker=False)
    assert Booking.objects.exists()
    assert not Delivery.objects.exists()


def test_the_cost_of_showing_the_times_is_known(visitor, django_assert_num_queries):
    visitor.open()
    with django_assert_num_queries(18):
        visitor.open()
