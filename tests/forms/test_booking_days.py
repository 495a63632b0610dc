"""The picture of days, the offers when a time went, the waiting list; bad input."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from crm_plugin.bookings import marks, reserve
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake import confirm
from crm_plugin.intake.models import Claim, Submission
from tests.factories import ContactFactory, ResourceFactory, ServiceFactory

from .test_booking import EIGHT, SIX, TARO, slots

pytestmark = pytest.mark.django_db
WAIT = "wait:2026-05-12"


@pytest.fixture
def visitor(visit, booking_page, dinner):
    TARO["crm_service"] = dinner.key
    return visit(booking_page)


def take(service, at, party=8):
    start = timezone.datetime.fromisoformat(at)
    service = Service.objects.get(pk=service.pk)
    return reserve.book(service, start, party=party, contact=ContactFactory(), key=None)


@pytest.fixture
def full_day(dinner):
    return [take(dinner, SIX), take(dinner, EIGHT)]


def text(response):
    return response.content.decode()


def day_of(response, day):
    """The cell of *day* in the picture: its button, or nothing to press."""
    found = re.search(rf'<button[^>]*id="crm-day-{day}"[^>]*>', text(response))
    return found[0] if found else ""


def offers(response):
    return re.findall(r'name="crm_offer" value="([^"]+)"', text(response))


class TestPicture:
    def test_five_weeks_are_shown_and_free_days_can_be_pressed(self, visitor):
        page = visitor.open()
        assert "free" in day_of(page, "2026-05-12")
        assert not day_of(page, "2026-05-10")
        assert not day_of(page, "2026-06-30")

    def test_pressing_a_day_shows_its_times_and_keeps_what_was_typed(self, visitor):
        shown = visitor.send(**TARO | {"crm_again": "2026-05-14"})
        assert {slot[:10] for slot in slots(shown)} == {"2026-05-14"}
        assert 'aria-pressed="true"' in day_of(shown, "2026-05-14")
        assert "田中" in text(shown)
        assert not Submission.objects.exists()

    def test_a_day_with_few_places_says_so(self, visitor, dinner):
        take(dinner, SIX, party=6)
        take(dinner, EIGHT, party=6)
        assert "few places left" in day_of(visitor.open(), "2026-05-12")

    def test_a_full_day_offers_the_waiting_list(self, visitor, full_day):
        assert "full, waiting list" in day_of(visitor.open(), "2026-05-12")
        shown = visitor.send(**TARO | {"crm_again": "2026-05-12"})
        assert slots(shown) == [WAIT]

    def test_without_a_waiting_list_a_full_day_cannot_be_pressed(
        self, visitor, dinner, full_day
    ):
        Service.objects.update(waiting_list=False)
        assert not day_of(visitor.open(), "2026-05-12")

    def test_a_closed_day_says_why(self, visitor, dinner):
        room = dinner.resources.get()
        room.special_days.model.objects.create(
            resource=room, first_on=dt.date(2026, 5, 13), note="Spring cleaning"
        )
        page = visitor.open()
        assert not day_of(page, "2026-05-13")
        assert "closed: Spring cleaning" in text(page)

    def test_later_weeks_are_one_press_away(self, visitor):
        Service.objects.update(days_ahead=60)
        page = visitor.open()
        assert 'value="from:2026-06-15"' in text(page)
        later = visitor.send(**TARO | {"crm_again": "from:2026-06-15"})
        assert day_of(later, "2026-06-20")
        assert not day_of(later, "2026-05-14")
        assert 'value="from:2026-05-11"' in text(later)

    @pytest.mark.parametrize("said", ["from:never", "from:9999-12-31", "x", "9999-1-1"])
    def test_an_address_made_up_shows_what_there_is(self, visitor, said):
        assert day_of(visitor.send(**TARO | {"crm_again": said}), "2026-05-12")

    def test_the_price_is_shown_for_the_number_of_people(self, visitor):
        Service.objects.update(price=3300)
        page = text(visitor.send(**TARO | {"crm_again": "1"}))
        assert "¥3,300 per person" in page
        assert "<strong>¥13,200</strong>" in page

    def test_the_number_of_queries_does_not_grow(
        self, visitor, dinner, django_assert_num_queries, django_assert_max_num_queries
    ):
        visitor.open()
        with django_assert_max_num_queries(18) as few:
            visitor.open()
        for number in range(4):
            rooms = [ResourceFactory(name=f"{number}{n}") for n in range(3)]
            service = ServiceFactory(name=f"S{number}", rooms=rooms)
            for weekday in range(7):
                service.slots.create(weekday=weekday, starts=dt.time(18))
            take(dinner, SIX, party=1)
        with django_assert_num_queries(len(few)):
            visitor.open()

    def test_one_person_at_a_time_is_not_asked_how_many(self, visitor, dinner):
        Service.objects.update(max_party=1)
        assert 'type="hidden" name="crm_party" value="1"' in text(visitor.open())


class TestOffers:
    def test_a_time_that_went_is_answered_with_the_next_ones(self, visitor, dinner):
        visitor.open()
        take(dinner, SIX)
        refused = visitor.send(**TARO)
        assert "This time is no longer free" in text(refused)
        assert offers(refused)[0] == "2026-05-12T11:00:00+00:00"
        assert len(offers(refused)) == 6
        assert "田中" in text(refused)

    def test_one_press_books_an_offered_time_with_all_that_was_typed(
        self, visitor, dinner
    ):
        visitor.open()
        take(dinner, SIX)
        offered = offers(visitor.send(**TARO))[0]
        assert visitor.send(**TARO | {"crm_offer": offered}).status_code == 302
        booking = Booking.objects.get(party_size=4)
        assert booking.starts_at.isoformat() == offered
        assert booking.note == "By the window, please."

    def test_offers_reach_over_the_end_of_a_full_week(self, visitor, dinner):
        for day in range(12, 18):
            for hour in (18, 20):
                take(dinner, f"2026-05-{day}T{hour}:00:00+09:00")
        assert offers(visitor.send(**TARO))[0][:10] in ("2026-05-11", "2026-05-18")

    def test_the_booking_goes_where_the_time_says_whatever_day_was_carried(
        self, visitor
    ):
        visitor.send(**TARO | {"crm_day": "2026-05-14"})
        assert Booking.objects.get().starts_at.day == 12


class TestWaitingList:
    def join(self, visitor, **said):
        return visitor.send(**TARO | {"crm_slot": WAIT} | said)

    def test_the_entry_is_stored_and_told(self, visitor, full_day):
        sent = self.join(visitor)
        entry = WaitingEntry.objects.get()
        assert (entry.on, entry.party_size) == (dt.date(2026, 5, 12), 4)
        assert (entry.note, entry.unverified) == ("By the window, please.", True)
        page = text(visitor.client.get(sent.url))
        assert "You are on the waiting list" in page
        assert entry.reference in page
        assert "booking stands" not in page
        assert Booking.objects.count() == 2

    def test_the_mail_says_that_nothing_is_booked(self, visitor, full_day):
        self.join(visitor)
        delivery = Delivery.objects.get()
        assert delivery.kind == "waiting_received"
        assert "/crm/waiting/" in delivery.values["list_url"]

    def test_the_submission_reads_as_what_it_is(self, visitor, full_day):
        self.join(visitor)
        answers = {a["name"]: a["text"] for a in Submission.objects.get().answers}
        assert answers["crm_slot"] == "waiting list, May 12 (Tue)"

    def test_a_known_address_changes_nothing_and_claims_wait(self, visitor, full_day):
        known = ContactFactory(family_name="佐藤", email="taro@mail.example")
        self.join(visitor)
        known.refresh_from_db()
        assert known.family_name == "佐藤"
        assert WaitingEntry.objects.get().contact == known
        assert Claim.objects.filter(contact=known, state="waiting").exists()

    def test_confirming_the_address_verifies_the_entry(self, visitor, full_day):
        self.join(visitor)
        confirm.press(Submission.objects.get().confirmation)
        assert not WaitingEntry.objects.get().unverified

    def test_a_double_click_waits_once(self, visitor, full_day):
        for _click in range(3):
            assert self.join(visitor).status_code == 302
        assert WaitingEntry.objects.count() == 1

    def test_a_place_that_got_free_meanwhile_is_told_at_once(self, visitor, full_day):
        from crm_plugin import queue

        self.join(visitor)
        marks.cancel(full_day[0])
        queue.run_due("waiting-list")
        assert Delivery.objects.filter(kind="waiting_place").count() == 1

    @pytest.mark.parametrize(
        "slot", ["wait:2026-05-09", "wait:2027-05-12", "wait:never", "wait:"]
    )
    def test_what_cannot_be_waited_for_is_refused_in_words(self, visitor, slot):
        refused = self.join(visitor, crm_slot=slot)
        assert refused.status_code == 200
        assert "田中" in text(refused)
        assert "Please check these entries" in text(refused)
        assert not WaitingEntry.objects.exists()


class TestBadInput:
    """Clear words beside the field; nothing typed is lost; nothing is booked."""

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"crm_slot": "2026-05-10T18:00:00+09:00"}, "This time is over."),
            ({"crm_slot": "2027-05-12T18:00:00+09:00"}, "We do not take bookings for"),
            ({"crm_slot": "2026-05-12T18:07:00+09:00"}, "This time is not offered."),
            ({"crm_slot": "2026-05-12T03:00:00+09:00"}, "This time is not offered."),
            ({"crm_slot": "0001-01-01T00:00:00+09:00"}, "This time is not offered."),
            ({"crm_slot": "9999-12-31T23:59:59Z"}, "This time is not offered."),
            ({"crm_slot": "nonsense"}, "This time is not offered."),
            ({"crm_slot": ""}, "Please choose a time."),
            ({"crm_party": "9"}, "can be booked for 1 to 8 people"),
            ({"crm_party": "0"}, "can be booked for 1 to 8 people"),
            ({"crm_party": "-1"}, "can be booked for 1 to 8 people"),
            ({"crm_party": "1000000000"}, "can be booked for 1 to 8 people"),
            ({"crm_party": "1e9"}, "can be booked for 1 to 8 people"),
            ({"crm_party": "四"}, "can be booked for 1 to 8 people"),
            ({"crm_party": ""}, "Please choose."),
            ({"crm_service": "nothing"}, "This can no longer be booked."),
        ],
    )
    def test_each_is_answered_in_words(self, visitor, said, words):
        refused = visitor.send(**TARO | said)
        html = text(refused)
        assert refused.status_code == 200
        assert words in html
        assert "田中" in html
        assert "By the window, please." in html
        assert "Nothing you typed is lost." in html
        assert not Booking.objects.exists()

    def test_another_services_slot_is_not_taken(self, visitor):
        lunch = ServiceFactory(key="lunch", name="Lunch", lead_hours=0)
        for weekday in range(7):
            lunch.slots.create(weekday=weekday, starts=dt.time(12))
        refused = visitor.send(**TARO | {"crm_service": "lunch"})
        assert "This time is not offered." in text(refused)
        assert offers(refused)[0].endswith("03:00:00+00:00")

    def test_a_service_retired_meanwhile_says_so(self, visitor, dinner):
        visitor.open()
        ServiceFactory(key="lunch", name="Lunch")
        Service.objects.filter(pk=dinner.pk).update(active=False)
        assert "This can no longer be booked." in text(visitor.send(**TARO))

    def test_too_few_for_a_room_says_so(self, visitor):
        Service.objects.update(min_party=4)
        refused = visitor.send(**TARO | {"crm_party": "2"})
        assert "can be booked for 4 to 8 people" in text(refused)

    def test_too_late_on_the_same_day_says_so(self, visitor):
        Service.objects.update(lead_hours=48)
        assert "too late to book this time online" in text(visitor.send(**TARO))

    def test_the_hour_that_the_clock_skips_does_not_exist(
        self, visitor, settings, time_machine
    ):
        settings.TIME_ZONE = "Europe/Berlin"
        time_machine.move_to("2026-03-26T10:00:00+01:00")
        Service.objects.get().slots.create(weekday=6, starts=dt.time(2, 30))
        visitor.open()
        shown = visitor.send(**TARO | {"crm_again": "2026-03-29"})
        assert [slot[11:16] for slot in slots(shown)] == ["18:00", "20:00"]
        refused = visitor.send(**TARO | {"crm_slot": "2026-03-29T02:30"})
        assert "This time does not exist on that day" in text(refused)

    def test_the_hour_that_comes_twice_is_booked_as_chosen(
        self, visitor, settings, time_machine
    ):
        settings.TIME_ZONE = "Europe/Berlin"
        time_machine.move_to("2026-10-22T10:00:00+02:00")
        Service.objects.get().slots.create(weekday=6, starts=dt.time(2, 30))
        visitor.open()
        shown = visitor.send(**TARO | {"crm_again": "2026-10-25"})
        both = [slot for slot in slots(shown) if slot[11:16] == "02:30"]
        assert [slot[-6:] for slot in both] == ["+02:00", "+01:00"]
        assert "02:30 (CEST)" in text(shown)
        visitor.send(**TARO | {"crm_slot": both[1]})
        assert Booking.objects.get().starts_at.hour == 1


class TestTypedAddress:
    def test_the_booking_remembers_which_address_was_typed(self, visitor):
        contact = ContactFactory(email="first@mail.example")
        ContactPoint.objects.create(
            contact=contact,
            kind="email",
            value="taro@mail.example",
            value_norm="taro@mail.example",
        )
        visitor.send(**TARO)
        assert Booking.objects.get().point.value == "taro@mail.example"
        assert Contact.objects.count() == 1

    def test_the_mail_leads_to_the_guests_own_page(self, visitor):
        visitor.send(**TARO)
        assert "/crm/booking/" in Delivery.objects.get().values["manage_url"]
