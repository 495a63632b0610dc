import datetime as dt

import pytest
from icalendar import Calendar

from crm_plugin.bookings import ics, mails, marks, moving, reserve
from crm_plugin.bookings.models import Service
from crm_plugin.conf import CrmSettings
from tests import factories

from .conftest import TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NEXT_WEEK = TONIGHT + dt.timedelta(days=7)


@pytest.fixture
def booking(service, contact):
    factories.SenderFactory(organisation_ja="ひなた", from_name_ja="ひなた")
    CrmSettings.objects.create(business_name="ひなた", phone="0166-00-0000")
    return reserve.book(service, TONIGHT, party=4, contact=contact, key=None)


def read(booking):
    calendar = Calendar.from_ical(ics.entry(booking, language="ja"))
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_it_is_published_with_the_instant_of_the_booking(booking):
    calendar, event = read(booking)
    assert calendar["METHOD"] == "PUBLISH"
    assert event["DTSTART"].dt == TONIGHT
    assert event["DTEND"].dt - event["DTSTART"].dt == dt.timedelta(minutes=90)
    assert event["STATUS"] == "CONFIRMED"
    assert "ORGANIZER" in event


def test_it_speaks_the_guests_language(booking):
    Service.objects.update(name_ja="ディナーのお席")
    booking.service.refresh_from_db()
    _calendar, event = read(booking)
    assert str(event["SUMMARY"]) == "ディナーのお席(ひなた)"
    assert booking.reference in event["DESCRIPTION"]


def test_every_line_ends_and_folds_as_the_standard_says(booking):
    raw = ics.entry(booking, language="ja")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75


def test_the_uid_stays_and_the_sequence_grows(booking, owner):
    _calendar, first = read(booking)
    moved = moving.move(booking, NEXT_WEEK, by=owner)
    _calendar, second = read(moved)
    cancelled = marks.cancel(moved)
    calendar, third = read(cancelled)
    assert first["UID"] == second["UID"] == third["UID"]
    assert [e["SEQUENCE"] for e in (first, second, third)] == [0, 1, 2]
    assert second["DTSTART"].dt == NEXT_WEEK
    assert (calendar["METHOD"], third["STATUS"]) == ("CANCEL", "CANCELLED")


def test_the_same_state_gives_the_same_file(booking):
    assert ics.entry(booking, language="ja") == ics.entry(booking, language="ja")


@pytest.mark.parametrize("hour", [0, 1])
def test_both_sides_of_a_change_of_clocks_are_told_apart(settings, contact, hour):
    settings.TIME_ZONE = "Europe/Berlin"
    at = dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC)
    booking = factories.BookingFactory(contact=contact, starts_at=at)
    _calendar, event = read(booking)
    assert event["DTSTART"].to_ical() == f"20261025T0{hour}3000Z".encode()


class TestMails:
    def test_the_entry_goes_with_every_message_about_the_booking(self, booking):
        delivery = mails.tell(booking)
        attachment = ics.for_message(delivery)
        assert attachment.name == "booking.ics"
        assert attachment.content_type.endswith("method=PUBLISH")

    def test_it_is_made_anew_and_tells_what_holds_now(self, booking, owner):
        delivery = mails.tell(booking)
        moving.move(booking, NEXT_WEEK, by=owner)
        event = Calendar.from_ical(ics.for_message(delivery).content).walk("VEVENT")[0]
        assert (event["DTSTART"].dt, event["SEQUENCE"]) == (NEXT_WEEK, 1)

    def test_after_erasing_nothing_is_attached(self, booking):
        delivery = mails.tell(booking)
        booking.delete()
        assert ics.for_message(delivery) is None

    def test_nothing_of_the_file_is_stored(self, booking):
        delivery = mails.tell(booking)
        assert "BEGIN:VCALENDAR" not in str(delivery.values)

    def test_each_change_is_told_once(self, booking, owner):
        first = mails.tell(booking)
        assert mails.tell(booking) == first
        moved = moving.move(booking, NEXT_WEEK, by=owner)
        assert mails.tell(moved, mails.MOVED) != first

    def test_the_price_is_told_where_there_is_one(self, booking):
        Service.objects.update(price=3000, price_per="person")
        booking.service.refresh_from_db()
        assert mails.context_of(booking, "en")["price"] == "¥12,000"
        Service.objects.update(price_per="booking")
        booking.service.refresh_from_db()
        assert mails.context_of(booking, "en")["price"] == "¥3,000"

    def test_a_typed_address_is_written_to_and_no_other(self, booking, contact):
        second = factories.PointFactory(contact=contact, value="second@mail.example")
        booking.point = second
        assert mails.address_for(booking) == second
        second.undeliverable_at = TONIGHT
        assert mails.address_for(booking) is None

    def test_who_gave_only_a_number_is_not_written_to_at_anothers_address(
        self, booking
    ):
        booking.unverified = True
        assert mails.address_for(booking) is None
