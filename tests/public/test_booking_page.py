import datetime as dt
import re

import pytest
from icalendar import Calendar

from crm_plugin import signing
from crm_plugin.bookings import marks, reserve, tokens, waiting
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.delivery.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
NOW = "2026-05-11T10:00:00+09:00"
SIX = dt.datetime(2026, 5, 13, 9, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def service():
    """Eight seats, on Wednesdays at 18:00 and 20:00."""
    factories.SenderFactory()
    service = factories.ServiceFactory(name="Dinner table", change_hours=24)
    for hour in (18, 20):
        factories.SlotFactory(service=service, starts=dt.time(hour))
    return service


@pytest.fixture
def booking(service):
    contact = factories.ContactFactory(language="en", email="hanako@mail.example")
    return reserve.book(service, SIX, party=4, contact=contact, key=None)


@pytest.fixture
def url(booking):
    return f"/crm/booking/{tokens.of_booking(booking, 'en')}"


def text(response):
    return response.content.decode()


def fill(service, at, party=8):
    service = Service.objects.get(pk=service.pk)
    contact = factories.ContactFactory()
    return reserve.book(service, at, party=party, contact=contact, key=None)


def told():
    return list(Delivery.objects.order_by("id").values_list("kind", flat=True))


class TestLook:
    def test_it_shows_the_booking_and_what_can_be_done(self, client, url, booking):
        page = text(client.get(url))
        assert booking.reference in page
        assert "May 13, 2026 (Wed), 6 p.m." in page
        assert "until May 12, 2026 (Tue), 6 p.m." in page
        assert "Cancel this booking" in page

    def test_nothing_personal_stands_on_it(self, client, url, booking):
        Booking.objects.update(note="Allergic to nuts")
        page = text(client.get(url))
        assert "Allergic" not in page
        assert booking.contact.family_name not in page
        assert "hanako" not in page

    def test_looking_changes_nothing(self, client, url, booking):
        client.get(url, {"do": "cancel", "done": "cancelled", "day": "2026-05-20"})
        booking.refresh_from_db()
        assert (booking.state, booking.sequence) == ("booked", 0)
        assert told() == []

    def test_nobody_keeps_or_frames_it(self, client, url):
        response = client.get(url)
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "script-src" not in response["Content-Security-Policy"]

    @pytest.mark.parametrize("query", ["?day=x", "?party=-1", "?party=1e9", "?from=x"])
    def test_an_address_made_up_is_no_error(self, client, url, query):
        assert client.get(url + query).status_code == 200

    def test_the_number_of_queries_does_not_grow(
        self, client, url, service, django_assert_num_queries
    ):
        client.get(url)
        with django_assert_num_queries(8):
            client.get(url)
        for _n in range(3):
            fill(service, SIX + WEEK, party=1)
        with django_assert_num_queries(8):
            client.get(url)


class TestMove:
    def move(self, client, url, at, **said):
        return client.post(url, {"do": "move", "at": at.isoformat(), **said})

    def test_to_a_free_time(self, client, url, booking):
        response = self.move(client, url, SIX + WEEK)
        assert response.status_code == 302
        booking.refresh_from_db()
        assert booking.starts_at == SIX + WEEK
        assert "Your booking was changed" in text(client.get(response.url))
        assert told() == ["booking_moved"]

    def test_sent_twice_it_moves_once(self, client, url, booking):
        for _click in range(2):
            self.move(client, url, SIX + WEEK)
        booking.refresh_from_db()
        assert booking.sequence == 1
        assert told() == ["booking_moved"]

    def test_fewer_people(self, client, url, booking):
        self.move(client, url, SIX, party="2")
        booking.refresh_from_db()
        assert (booking.party_size, booking.ticks.count()) == (2, 12)

    def test_a_time_that_went_is_said_and_others_are_shown(
        self, client, url, booking, service
    ):
        fill(service, SIX + WEEK)
        page = text(self.move(client, url, SIX + WEEK))
        assert "This time is no longer free" in page
        assert 'name="at"' in page
        booking.refresh_from_db()
        assert booking.starts_at == SIX

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"at": "nonsense"}, "This time is not offered"),
            ({"at": ""}, "This time is not offered"),
            ({"party": "0"}, "larger number"),
            ({"party": "99"}, "too many people"),
            ({"party": "-3"}, "too many people"),
            ({"party": "1000000000"}, "too many people"),
            ({"at": "2027-05-12T18:00:00+09:00"}, "We do not take bookings"),
            ({"at": "2020-05-13T18:00:00+09:00"}, "This time is over"),
        ],
    )
    def test_what_cannot_be_is_said_in_words(self, client, url, booking, said, words):
        at = (SIX + WEEK).isoformat()
        page = client.post(url, {"do": "move", "at": at, **said})
        assert page.status_code == 200
        assert words in text(page)
        booking.refresh_from_db()
        assert booking.sequence == 0

    def test_after_the_deadline_it_says_to_call(
        self, client, url, booking, time_machine
    ):
        time_machine.move_to(SIX - dt.timedelta(hours=23))
        page = text(client.get(url))
        assert "too late to move or cancel it here" in page
        assert "Cancel this booking" not in page
        assert "too late to change" in text(self.move(client, url, SIX + WEEK))

    def test_after_the_visit_it_says_thank_you(self, client, url, time_machine):
        time_machine.move_to(SIX + dt.timedelta(days=2))
        assert "This booking is over" in text(client.get(url))

    def test_a_retired_service_can_still_be_cancelled(self, client, url, booking):
        Service.objects.update(active=False)
        assert "can no longer be booked" in text(self.move(client, url, SIX + WEEK))
        client.post(url, {"do": "cancel"})
        booking.refresh_from_db()
        assert booking.state == "cancelled"


class TestCancel:
    def test_one_press_gives_the_places_back(self, client, url, booking):
        page = text(client.post(url, {"do": "cancel"}, follow=True))
        assert "This booking is cancelled" in page
        booking.refresh_from_db()
        assert (booking.state, booking.marked_by) == ("cancelled", None)
        assert not booking.ticks.exists()
        assert told() == ["booking_cancelled"]

    def test_twice_is_once(self, client, url):
        for _press in range(2):
            client.post(url, {"do": "cancel"})
        assert told() == ["booking_cancelled"]

    def test_a_cancelled_one_is_not_moved(self, client, url, booking):
        client.post(url, {"do": "cancel"})
        client.post(url, {"do": "move", "at": (SIX + WEEK).isoformat()})
        booking.refresh_from_db()
        assert booking.starts_at == SIX

    def test_an_unknown_act_does_nothing(self, client, url, booking):
        assert client.post(url, {"do": "eat"}).status_code == 200
        booking.refresh_from_db()
        assert booking.state == "booked"


class TestTokens:
    def test_after_erasing_it_says_so(self, client, url, booking):
        booking.contact.delete()
        response = client.get(url)
        assert response.status_code == 410
        assert "no longer stored" in text(response)
        assert client.post(url, {"do": "cancel"}).status_code == 410

    @pytest.mark.parametrize("token", ["abc", "eyJpZCI6IjEifQ.x.y", "%00"])
    def test_a_wrong_one_is_no_page(self, client, token):
        for suffix in ("", "/ics"):
            response = client.get(f"/crm/booking/{token}{suffix}")
            assert response.status_code == 404
        assert client.get(f"/crm/waiting/{token}").status_code == 404

    def test_one_for_something_else_is_no_page(self, client, booking):
        token = signing.make("waiting", booking.public_id.hex)
        assert client.get(f"/crm/booking/{token}").status_code == 404

    def test_one_letter_less_is_no_page(self, client, url):
        assert client.get(url[:-1]).status_code == 404


class TestCalendarFile:
    def test_it_can_be_taken_home(self, client, url, booking):
        response = client.get(f"{url}/ics")
        assert response["Content-Type"].startswith("text/calendar")
        assert 'filename="booking.ics"' in response["Content-Disposition"]
        (event,) = Calendar.from_ical(response.content).walk("VEVENT")
        assert event["DTSTART"].dt == SIX
        assert response["Cache-Control"] == "private, no-store"

    def test_a_cancelled_one_takes_itself_out(self, client, url, booking):
        marks.cancel(booking)
        assert b"METHOD:CANCEL" in client.get(f"{url}/ics").content


class TestWaitingPage:
    @pytest.fixture
    def full(self, service):
        return [fill(service, SIX), fill(service, SIX + dt.timedelta(hours=2))]

    @pytest.fixture
    def entry(self, service, full):
        contact = factories.ContactFactory(language="en", email="ito@mail.example")
        return waiting.wait(service, SIX.date(), party=2, contact=contact, key=None)

    @pytest.fixture
    def place(self, entry):
        return f"/crm/waiting/{tokens.of_waiting(entry, 'en')}"

    @pytest.fixture
    def free(self, entry, full):
        marks.cancel(full[0])
        waiting.tell_next()

    def take(self, client, place, at=SIX):
        return client.post(place, {"do": "take", "at": at.isoformat()}, follow=True)

    def test_while_it_is_full_it_says_so(self, client, place):
        page = text(client.get(place))
        assert "Nothing is free at the moment" in page
        assert "Take the place" not in page

    def test_what_is_free_is_shown_and_taken_by_a_press(
        self, client, place, free, entry
    ):
        assert "Take the place" in text(client.get(place))
        assert not Booking.objects.filter(contact=entry.contact).exists()
        page = self.take(client, place)
        assert "The place is yours" in text(page)
        booking = Booking.objects.get(contact=entry.contact)
        assert (booking.starts_at, booking.party_size) == (SIX, 2)
        assert told() == ["waiting_place", "booking_received"]

    def test_taking_twice_is_taking_once(self, client, place, free, entry):
        for _press in range(2):
            self.take(client, place)
        assert Booking.objects.filter(contact=entry.contact).count() == 1
        assert told().count("booking_received") == 1

    def test_who_comes_second_is_told_kindly(self, client, place, free, service):
        fill(service, SIX)
        page = text(self.take(client, place))
        assert "This time is no longer free" in page
        assert "You are still on the list" in page

    def test_after_a_day_the_link_has_expired(
        self, client, place, free, entry, time_machine
    ):
        WaitingEntry.objects.update(told_at=dt.datetime(2026, 5, 9, tzinfo=dt.UTC))
        response = client.get(place)
        assert response.status_code == 410
        assert "This link has expired" in text(response)
        self.take(client, place)
        assert not Booking.objects.filter(contact=entry.contact).exists()

    def test_when_the_day_has_passed_it_says_so(self, client, place, time_machine):
        time_machine.move_to("2026-05-20T10:00:00+09:00")
        response = client.get(place)
        assert response.status_code == 410
        assert "This day has passed" in text(response)

    def test_they_can_leave_the_list(self, client, place, entry):
        page = client.post(place, {"do": "leave"}, follow=True)
        assert "You are no longer on the list" in text(page)
        assert not WaitingEntry.objects.open().exists()

    def test_after_leaving_nothing_is_taken(self, client, place, free, entry):
        client.post(place, {"do": "leave"})
        self.take(client, place)
        assert not Booking.objects.filter(contact=entry.contact).exists()

    def test_after_erasing_it_says_so(self, client, place, entry):
        entry.contact.delete()
        assert client.get(place).status_code == 410

    def test_nothing_is_taken_without_a_time(self, client, place, free, entry):
        page = text(client.post(place, {"do": "take"}))
        assert "This time is not offered" in page
        assert re.search(r'type="radio" name="at"', page)


def test_who_typed_somebody_elses_address_cannot_fill_that_mailbox(client, service):
    guest = factories.ContactFactory(email="victim@mail.example")
    found = reserve.book(
        service,
        SIX,
        party=2,
        contact=guest,
        key=None,
        unverified=True,
        point=guest.points.get(kind="email"),
    )
    url = f"/crm/booking/{tokens.of_booking(found, 'en')}"
    for number in range(6):
        at = SIX if number % 2 else SIX + dt.timedelta(hours=2)
        client.post(url, {"do": "move", "at": at.isoformat(), "party": 2})
    found.refresh_from_db()
    assert found.sequence == 6
    assert told().count("booking_moved") == 1


class TestLanguage:
    """A page speaks as its link says: whose address was typed, it does not tell."""

    @pytest.fixture
    def guest(self):
        return factories.ContactFactory(language="ja", email="victim@mail.example")

    def test_it_is_the_one_of_the_link_in_every_word(self, client, service, guest):
        found = reserve.book(service, SIX, party=2, contact=guest, key=None)
        page = text(client.get(f"/crm/booking/{tokens.of_booking(found, 'en')}"))
        assert '<html lang="en">' in page
        assert "月" not in page
        page = text(client.get(f"/crm/booking/{tokens.of_booking(found, 'ja')}"))
        assert '<html lang="ja">' in page
        assert "2026年5月13日" in page
        assert "p.m." not in page

    def test_the_calendar_speaks_it_too(self, client, service, guest):
        found = reserve.book(service, SIX, party=2, contact=guest, key=None)
        url = f"/crm/booking/{tokens.of_booking(found, 'en')}/ics"
        assert "2 people" in text(client.get(url))

    def test_an_old_link_speaks_for_the_guest_only_when_it_is_hers(
        self, client, service, guest
    ):
        found = reserve.book(service, SIX, party=2, contact=guest, key=None)
        old = f"/crm/booking/{signing.make(tokens.BOOKING, found.public_id.hex)}"
        asks = {"HTTP_ACCEPT_LANGUAGE": "en"}
        assert '<html lang="ja">' in text(client.get(old, **asks))
        Booking.objects.update(unverified=True)
        assert '<html lang="en">' in text(client.get(old, **asks))

    def test_a_place_on_the_list_leads_on_in_the_same_language(
        self, client, service, guest
    ):
        fulls = [fill(service, SIX), fill(service, SIX + dt.timedelta(hours=2))]
        entry = waiting.wait(service, SIX.date(), party=2, contact=guest, key=None)
        marks.cancel(fulls[0])
        place = f"/crm/waiting/{tokens.of_waiting(entry, 'en')}"
        page = text(client.get(place))
        assert '<html lang="en">' in page
        assert "月" not in page
        wish = {"do": "take", "at": SIX.isoformat()}
        page = text(client.post(place, wish, follow=True))
        assert '<html lang="en">' in page
        assert "The place is yours" in page
