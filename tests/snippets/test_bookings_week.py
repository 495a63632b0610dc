"""The week, moving, the waiting list and the preview: what staff do with bookings."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm_plugin.bookings import marks, reserve, waiting
from crm_plugin.models import Booking, Delivery, Service, WaitingEntry
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=TOKYO)  # a Wednesday
TONIGHT = NOW.replace(hour=18)
NEXT_WEEK = TONIGHT + dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service():
    """Eight seats, on Wednesdays at 18:00 and 20:00."""
    factories.SenderFactory()
    service = factories.ServiceFactory(duration_minutes=90)
    for hour in (18, 20):
        factories.SlotFactory(service=service, starts=dt.time(hour))
    return service


@pytest.fixture
def booking(service, contact):
    return reserve.book(service, TONIGHT, party=4, contact=contact, key=None)


def fill(service, at, party=8, by=None):
    service = Service.objects.get(pk=service.pk)
    contact = factories.ContactFactory()
    return reserve.book(service, at, party=party, contact=contact, key=None, by=by)


def text(response):
    return response.content.decode()


class TestWeek:
    def test_it_shows_who_comes_in_a_cell_of_day_and_room(self, staff, url, booking):
        page = text(staff.get(url("crm_booking:week")))
        assert str(booking.contact) in page
        assert booking.get_admin_url() in page
        assert "Dining room" in page

    def test_another_week_can_be_looked_at(self, staff, url, booking):
        page = text(staff.get(url("crm_booking:week"), {"day": "2026-05-28"}))
        assert str(booking.contact) not in page

    def test_one_room_can_be_shown_alone(self, staff, url, booking):
        other = factories.ResourceFactory(name="Terrace")
        page = text(staff.get(url("crm_booking:week"), {"room": other.pk}))
        assert str(booking.contact) not in page

    def test_closed_days_and_holidays_say_so(self, staff, url, service):
        factories.SpecialDaysFactory(
            resource=service.resources.get(), first_on=NOW.date(), note="Painting"
        )
        assert "closed: Painting" in text(staff.get(url("crm_booking:week")))
        page = text(staff.get(url("crm_booking:week"), {"day": "2026-05-05"}))
        assert "こどもの日" in page

    def test_cancelled_guests_are_not_counted(self, staff, url, booking):
        fill(booking.service, TONIGHT, party=3)
        marks.cancel(booking)
        assert "3 people" in text(staff.get(url("crm_booking:week")))

    def test_what_stands_at_no_room_is_not_lost(self, staff, url, contact):
        factories.BookingFactory(contact=contact, starts_at=TONIGHT)
        page = text(staff.get(url("crm_booking:week")))
        assert "Without a place" in page
        assert str(contact) in page

    @pytest.mark.parametrize(
        "query", ["?day=x", "?room=x", "?room=999", "?day=9999-12-31"]
    )
    def test_an_address_made_up_is_no_error(self, staff, url, service, query):
        assert staff.get(url("crm_booking:week") + query).status_code == 200

    def test_with_no_rooms_it_says_what_to_do(self, staff, url):
        page = text(staff.get(url("crm_booking:week")))
        assert "A service needs one to be booked" in page

    @pytest.mark.parametrize("name", ["crm_booking:week", "crm_booking:index"])
    def test_the_number_of_queries_does_not_grow(
        self,
        staff,
        url,
        booking,
        django_assert_num_queries,
        name,
        django_assert_max_num_queries,
    ):
        staff.get(url(name))
        with django_assert_max_num_queries(25) as few:
            staff.get(url(name))
        for number in range(4):
            room = factories.ResourceFactory(name=f"Room {number}")
            factories.HoursFactory(resource=room)
            factories.SpecialDaysFactory(resource=room)
            other = factories.ServiceFactory(name=f"S{number}", rooms=[room])
            factories.SlotFactory(service=other)
            fill(booking.service, TONIGHT, party=1)
        with django_assert_num_queries(len(few)):
            staff.get(url(name))


class TestMove:
    @pytest.fixture
    def move(self, staff, url, booking):
        def press(do="move", **typed):
            said = {
                "day": "2026-05-27",
                "party": 4,
                "at": NEXT_WEEK.isoformat(),
                "note": "",
                "tell": "on",
                **typed,
            }
            return staff.post(url("crm_booking:move", booking.pk), {**said, "do": do})

        return press

    def test_to_another_day_and_the_guest_is_told(self, move, booking):
        move()
        booking.refresh_from_db()
        assert booking.starts_at == NEXT_WEEK
        assert Delivery.objects.get().kind == "booking_moved"

    def test_without_the_tick_nobody_is_told(self, move):
        move(tell="")
        assert not Delivery.objects.exists()

    def test_a_note_alone_tells_nobody(self, move, booking):
        move(day="2026-05-20", at=TONIGHT.isoformat(), note="High chair")
        booking.refresh_from_db()
        assert booking.note == "High chair"
        assert not Delivery.objects.exists()

    def test_looking_moves_nothing_and_keeps_what_was_typed(self, move, booking):
        page = text(move("look", note="High chair"))
        assert "High chair" in page
        booking.refresh_from_db()
        assert booking.starts_at == TONIGHT

    def test_a_full_time_is_said_by_the_field(self, move, service, owner):
        fill(service, NEXT_WEEK, by=owner)
        page = text(move(note="High chair"))
        assert "That time is full" in page
        assert "High chair" in page

    def test_a_cancelled_one_is_not_moved(self, move, booking):
        marks.cancel(booking)
        assert "undo that first" in text(move())

    def test_the_booking_tells_what_was_changed_and_by_whom(self, move, staff, booking):
        move(party=2)
        page = text(staff.get(booking.get_admin_url()))
        assert "05/20/2026 6 p.m. → 05/27/2026 6 p.m." in page
        assert "4 → 2" in page

    def test_the_time_of_now_is_chosen_already(self, staff, url, booking):
        page = text(staff.get(url("crm_booking:move", booking.pk)))
        at = TONIGHT.astimezone(dt.UTC).isoformat()
        assert f'value="{at}" checked' in page

    def test_a_marketer_cannot_move(self, login, role, url, booking):
        client = login(role("marketer"))
        address = url("crm_booking:move", booking.pk)
        client.post(address, {"do": "move", "at": NEXT_WEEK.isoformat()})
        booking.refresh_from_db()
        assert booking.starts_at == TONIGHT


class TestWaitingList:
    @pytest.fixture
    def entry(self, service, contact):
        return waiting.wait(
            service, NEXT_WEEK.date(), party=2, contact=contact, key=None
        )

    @pytest.fixture
    def full(self, service, owner):
        for hour in (18, 20):
            fill(service, NEXT_WEEK.replace(hour=hour), by=owner)

    def press(self, staff, url, entry, do):
        return staff.post(url("crm_booking:leave", entry.pk), {"do": do}, follow=True)

    def test_it_says_who_waits_and_how_to_reach_them(self, staff, url, entry, full):
        page = text(staff.get(url("crm_booking:waiting")))
        assert str(entry.contact) in page
        assert "tel:" in page
        assert "still full" in page
        assert "Book for them" not in page

    def test_it_says_when_something_is_free_for_them(self, staff, url, entry):
        page = text(staff.get(url("crm_booking:waiting")))
        assert "a place is free" in page
        assert "Book for them" in page

    def test_the_day_shows_them_too(self, staff, url, entry):
        page = text(staff.get(url("crm_booking:index"), {"day": "2026-05-27"}))
        assert "Waiting for a place" in page

    def test_somebody_is_taken_off_and_put_back(self, staff, url, entry):
        self.press(staff, url, entry, "leave")
        assert not WaitingEntry.objects.open().exists()
        page = text(staff.get(url("crm_booking:waiting")))
        assert "Taken off the list lately" in page
        self.press(staff, url, entry, "undo")
        assert WaitingEntry.objects.open().get() == entry

    def test_somebody_is_told_at_once(self, staff, url, entry):
        self.press(staff, url, entry, "tell")
        assert Delivery.objects.get().kind == "waiting_place"

    def test_without_an_address_it_says_so(self, staff, url, entry, contact):
        contact.points.filter(kind="email").delete()
        page = text(self.press(staff, url, entry, "tell"))
        assert "no e-mail address" in page

    def test_an_empty_list_says_what_it_is_for(self, staff, url):
        assert "Nobody waits." in text(staff.get(url("crm_booking:waiting")))

    def test_the_number_of_queries_does_not_grow(
        self,
        staff,
        url,
        entry,
        service,
        django_assert_num_queries,
        django_assert_max_num_queries,
    ):
        staff.get(url("crm_booking:waiting"))
        with django_assert_max_num_queries(25) as few:
            staff.get(url("crm_booking:waiting"))
        for _n in range(4):
            factories.WaitingFactory(service=service, on=NEXT_WEEK.date())
        with django_assert_num_queries(len(few)):
            staff.get(url("crm_booking:waiting"))

    def test_booking_for_who_waits_ends_the_waiting(self, staff, url, entry, service):
        staff.post(
            url("crm_booking:add"),
            {
                "service": service.pk,
                "day": "2026-05-27",
                "party": 2,
                "at": NEXT_WEEK.isoformat(),
                "contact": entry.contact_id,
                "waiting": entry.pk,
                "key": "k1",
                "do": "book",
            },
        )
        entry.refresh_from_db()
        assert entry.booking == Booking.objects.get()

    def test_on_the_phone_a_full_day_offers_the_list(
        self, staff, url, service, full, contact
    ):
        said = {
            "service": service.pk,
            "day": "2026-05-27",
            "party": 2,
            "contact": contact.pk,
            "key": "k1",
        }
        page = text(staff.post(url("crm_booking:add"), {**said, "do": "look"}))
        assert "Put on the waiting list" in page
        staff.post(url("crm_booking:add"), {**said, "do": "wait"})
        assert WaitingEntry.objects.get().contact == contact


class TestPreview:
    def test_it_shows_the_week_as_a_visitor_sees_it(self, staff, url, service):
        page = text(staff.get(url("crm_service:preview", service.pk)))
        assert "18:00" in page
        assert "8 places" in page
        assert "closed" in page

    def test_it_says_why_a_day_shows_nothing(self, staff, url, service):
        factories.SpecialDaysFactory(
            resource=service.resources.get(), first_on=NOW.date(), note="Painting"
        )
        page = text(staff.get(url("crm_service:preview", service.pk)))
        assert "closed: Painting" in page

    def test_a_service_that_is_off_says_so(self, staff, url, service):
        Service.objects.update(active=False)
        page = text(staff.get(url("crm_service:preview", service.pk)))
        assert "switched off" in page


class TestHours:
    """Hours and special days are lines of the room's own form."""

    @pytest.fixture
    def save(self, owner, login, url):
        room = factories.ResourceFactory(name="Room", places=4)
        client = login(owner)

        def post(hours=(), days=(), **typed):
            said = {
                "name": "Room",
                "kind": "room",
                "places": 4,
                "order": 100,
                "holidays": "closed",
                **formset("hours", hours),
                **formset("special_days", days),
                **typed,
            }
            return client.post(url("crm_resource:edit", room.pk), said)

        post.room = room
        return post

    def test_a_day_has_several_intervals(self, save):
        save([("1", "11:30", "14:00"), ("1", "17:30", "21:30")])
        hours = save.room.hours.model.objects.order_by("opens")
        assert [row.words for row in hours] == ["11:30–14:00", "17:30–21:30"]
        save.room.refresh_from_db()
        assert save.room.holidays == "closed"

    def test_a_stretch_is_closed(self, save):
        save(days=[("2026-12-30", "2027-01-04", "", "")])
        row = save.room.special_days.model.objects.get()
        assert (row.closed, row.days) == (True, 6)

    def test_what_makes_no_sense_is_said_by_the_field(self, save):
        page = text(save([("1", "11:10", "14:00")]))
        assert "does not stand on a quarter" in page
        page = text(save(days=[("2026-12-30", "2026-12-01", "", "")]))
        assert "This is before the first day." in page
        page = text(save(days=[("2026-12-30", "", "10:00", "")]))
        assert "Give both times, or none: closed." in page


def formset(name, rows):
    fields = {
        "hours": ("weekday", "opens", "closes"),
        "special_days": ("first_on", "last_on", "opens", "closes"),
    }[name]
    said = {
        f"{name}-TOTAL_FORMS": len(rows),
        f"{name}-INITIAL_FORMS": 0,
        f"{name}-MIN_NUM_FORMS": 0,
        f"{name}-MAX_NUM_FORMS": 1000,
    }
    for number, row in enumerate(rows):
        for field, value in zip(fields, row, strict=True):
            said[f"{name}-{number}-{field}"] = value
        said[f"{name}-{number}-id"] = ""
    return said
