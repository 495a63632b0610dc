import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm_plugin.bookings import marks, reserve
from crm_plugin.contacts import search
from crm_plugin.models import BookedTick, Booking, Contact, Delivery
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=TOKYO)  # a Wednesday
TONIGHT = NOW.replace(hour=18)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booking(service, contact):
    return reserve.book(service, TONIGHT, party=4, contact=contact, key=None)


def text(response):
    return response.content.decode()


class TestDay:
    def test_it_shows_who_comes_and_what_is_free(self, staff, url, booking):
        page = text(staff.get(url("crm_booking:index")))
        assert str(booking.contact) in page
        assert "18:00" in page
        assert "4 of 8 free" in page

    def test_another_day_can_be_looked_at(self, staff, url, booking):
        page = text(staff.get(url("crm_booking:index"), {"day": "2026-05-27"}))
        assert str(booking.contact) not in page
        assert "8 of 8 free" in page

    @pytest.mark.parametrize(
        "day", ["tomorrow", "2026-13-01", "0001-01-01", "9999-12-31", ""]
    )
    def test_what_is_no_day_shows_today(self, staff, url, booking, day):
        page = text(staff.get(url("crm_booking:index"), {"day": day}))
        assert str(booking.contact) in page

    def test_a_cancelled_booking_does_not_count(self, staff, url, booking):
        marks.cancel(booking)
        page = text(staff.get(url("crm_booking:index")))
        assert "8 of 8 free" in page
        assert "cancelled" in page

    def test_the_number_of_queries_does_not_grow(
        self,
        staff,
        url,
        service,
        booking,
        django_assert_max_num_queries,
        django_assert_num_queries,
    ):
        staff.get(url("crm_booking:index"))
        with django_assert_max_num_queries(25) as few:
            staff.get(url("crm_booking:index"))
        for _n in range(4):
            person = factories.ContactFactory()
            reserve.book(service, TONIGHT, party=1, contact=person, key=None)
        with django_assert_num_queries(len(few)):
            staff.get(url("crm_booking:index"))

    def test_an_outsider_is_sent_away(self, login, outsider, url):
        assert login(outsider).get(url("crm_booking:index")).status_code == 302


class TestMarks:
    @pytest.fixture
    def mark(self, staff, url, booking):
        def press(name):
            return staff.post(
                url("crm_booking:mark", booking.pk), {"mark": name}, follow=True
            )

        return press

    @pytest.mark.parametrize(
        ("name", "state"),
        [("came", "came"), ("no_show", "no_show"), ("cancel", "cancelled")],
    )
    def test_one_click_marks_and_one_undoes(self, mark, name, state):
        mark(name)
        assert Booking.objects.get().state == state
        mark("undo")
        assert Booking.objects.get().state == "booked"

    def test_an_unknown_mark_changes_nothing(self, mark):
        mark("eaten")
        assert Booking.objects.get().state == "booked"

    def test_undoing_a_cancelling_says_when_the_place_is_gone(
        self, mark, service, contact
    ):
        mark("cancel")
        reserve.book(service, TONIGHT, party=6, contact=contact, key=None)
        assert "given to somebody else" in text(mark("undo"))

    def test_a_cancelled_booking_cannot_come(self, mark):
        mark("cancel")
        assert "undo that first" in text(mark("came"))

    def test_cancelling_can_tell_the_guest(self, mark, service):
        mark("cancel:tell")
        assert Delivery.objects.get().kind == "booking_cancelled"

    def test_cancelling_alone_tells_nobody(self, mark):
        mark("cancel")
        assert not Delivery.objects.exists()

    def test_a_get_marks_nothing(self, staff, url, booking):
        response = staff.get(url("crm_booking:mark", booking.pk), {"mark": "came"})
        assert response.status_code == 405

    def test_a_marketer_cannot_mark(self, login, role, url, booking):
        client = login(role("marketer"))
        client.post(url("crm_booking:mark", booking.pk), {"mark": "came"})
        assert Booking.objects.get().state == "booked"

    def test_a_foreign_address_is_no_way_back(self, staff, url, booking):
        response = staff.post(
            url("crm_booking:mark", booking.pk),
            {"mark": "came", "next": "https://elsewhere.example/"},
        )
        assert response.url == url("crm_booking:index")


class TestOnThePhone:
    @pytest.fixture
    def phone(self, staff, url, service):
        def press(do="book", **typed):
            said = {
                "service": service.pk,
                "day": "2026-05-20",
                "party": 2,
                "at": TONIGHT.isoformat(),
                "contact": "",
                "key": "k1",
                "tell": "on",
                **typed,
            }
            return staff.post(url("crm_booking:add"), {**said, "do": do})

        return press

    def test_a_known_contact_is_booked(self, phone, contact):
        phone(contact=contact.pk)
        booking = Booking.objects.get()
        assert (booking.contact, booking.party_size) == (contact, 2)
        assert booking.created_by.username == "staff"
        assert booking.starts_at == TONIGHT

    def test_the_guest_gets_a_confirmation(self, phone, contact):
        phone(contact=contact.pk)
        delivery = Delivery.objects.get()
        assert (delivery.kind, delivery.address) == (
            "booking_received",
            "hanako@mail.example",
        )

    def test_no_confirmation_without_the_tick(self, phone, contact):
        phone(contact=contact.pk, tell="")
        assert not Delivery.objects.exists()

    def test_a_new_contact_is_added_and_booked(self, phone):
        phone(contact="new", family_name="高橋", phone="090-1111-2222", tell="")
        booking = Booking.objects.get()
        assert booking.contact.family_name == "高橋"
        assert booking.contact.first_touch.channel == "phone"

    def test_a_double_click_makes_one_booking_and_one_contact(self, phone):
        for _click in range(2):
            phone(contact="new", family_name="高橋")
        assert Booking.objects.count() == 1
        assert Contact.objects.count() == 1

    def test_a_full_house_adds_no_contact(self, phone, service):
        other = factories.BookingFactory(service=service)
        BookedTick.objects.bulk_create(
            BookedTick(
                booking=other,
                resource=service.resources.get(),
                place=n,
                starts_at=TONIGHT,
            )
            for n in range(1, 9)
        )
        before = Contact.objects.count()
        page = text(phone(contact="new", family_name="高橋"))
        assert "That time is full" in page
        assert Contact.objects.count() == before

    def test_people_are_found_while_nothing_is_booked(self, phone, contact):
        search.refresh([contact.pk])
        page = text(phone("look", look_for="090-1234-5678"))
        assert str(contact) in page
        assert not Booking.objects.exists()

    def test_what_was_typed_is_kept_while_looking(self, phone):
        page = text(phone("look", note="Window seat", family_name="高橋"))
        assert "Window seat" in page
        assert 'value="高橋"' in page

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ({}, "Choose who it is for"),
            ({"contact": "new"}, "A name or one way to reach them"),
            ({"contact": "new", "family_name": "高橋", "at": ""}, "Choose a time."),
            ({"contact": "new", "family_name": "高橋", "at": "x"}, "Choose a time."),
            (
                {"contact": "new", "family_name": "高橋", "party": 99},
                "too many people",
            ),
            ({"contact": "999"}, "This contact is gone."),
        ],
    )
    def test_what_is_missing_is_said(self, phone, typed, message):
        assert message in text(phone(**typed))
        assert not Booking.objects.exists()

    def test_a_start_from_the_day_is_chosen_already(self, staff, url, service):
        page = staff.get(
            url("crm_booking:add"),
            {"service": service.pk, "day": "2026-05-20", "at": TONIGHT.isoformat()},
        )
        at = TONIGHT.astimezone(dt.UTC).isoformat()
        assert f'value="{at}" checked' in text(page)

    def test_a_marketer_cannot_book(self, login, role, url):
        assert login(role("marketer")).get(url("crm_booking:add")).status_code == 302


class TestListAndDetail:
    def test_the_list_is_filtered_by_state(self, staff, url, booking, contact):
        came = factories.BookingFactory(contact=contact, came_at=NOW)
        page = staff.get(url("crm_booking:list"), {"state": "came"})
        assert list(page.context_data["object_list"]) == [came]

    def test_the_list_asks_a_fixed_number_of_queries(
        self,
        staff,
        url,
        booking,
        django_assert_max_num_queries,
        django_assert_num_queries,
    ):
        staff.get(url("crm_booking:list"))
        with django_assert_max_num_queries(25) as few:
            staff.get(url("crm_booking:list"))
        for _n in range(4):
            factories.BookingFactory()
        with django_assert_num_queries(len(few)):
            staff.get(url("crm_booking:list"))

    def test_one_booking_shows_note_and_other_bookings(self, staff, booking, contact):
        Booking.objects.update(note="Allergic to nuts")
        other = factories.BookingFactory(contact=contact)
        page = text(staff.get(booking.get_admin_url()))
        assert "Allergic to nuts" in page
        assert other.get_admin_url() in page


def test_the_list_is_exported_in_words_by_whoever_may(login, owner, role, url, booking):
    asked = {"export": "csv"}
    answer = login(owner).get(url("crm_booking:list"), asked)
    heading, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert heading == "Contact,Time,Service,People,State,Reference,Note"
    assert row.endswith(f",Dinner table,4,booked,{booking.reference},")
    assert login(role("staff")).get(url("crm_booking:list"), asked).status_code == 302
