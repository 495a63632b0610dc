import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.utils import timezone

from crm_plugin.bookings import calendar, places, reserve, slots
from crm_plugin.bookings.models import BookedTick, Booking
from crm_plugin.contacts.models import ContactChange

from .conftest import TONIGHT


@pytest.fixture
def book(service, contact):
    def make(party=1, starts_at=TONIGHT, key=None, **more):
        return reserve.book(
            service, starts_at, party=party, contact=contact, key=key, **more
        )

    return make


@pytest.mark.usefixtures("clock")
class TestBook:
    def test_a_party_takes_a_place_each_for_every_quarter_hour(self, book):
        booking = book(party=4)
        assert booking.ticks.count() == 4 * 6
        assert booking.ends_at == TONIGHT + dt.timedelta(minutes=90)

    def test_the_same_key_gives_the_same_booking(self, book):
        assert book(party=2, key="form:1") == book(party=2, key="form:1")
        assert Booking.objects.count() == 1
        assert BookedTick.objects.count() == 2 * 6

    def test_a_full_house_refuses_and_leaves_no_trace(self, book):
        book(party=6)
        with pytest.raises(reserve.SlotTaken):
            book(party=3)
        assert Booking.objects.count() == 1

    def test_it_tells_the_change_feed(self, book, contact):
        book()
        change = ContactChange.objects.get()
        assert (change.contact_id, change.aspect) == (contact.pk, "bookings")

    def test_a_time_that_is_no_slot_is_refused(self, book):
        with pytest.raises(reserve.NotBookable):
            book(starts_at=TONIGHT + dt.timedelta(minutes=30))

    def test_a_visitor_cannot_book_the_past(self, book):
        with pytest.raises(reserve.NotBookable):
            book(starts_at=TONIGHT - dt.timedelta(days=7))

    @pytest.mark.parametrize("party", [0, -1, 7])
    def test_a_visitor_books_within_the_largest_party(self, book, party):
        with pytest.raises(reserve.NotBookable):
            book(party=party)

    def test_staff_may_book_a_larger_party_up_to_the_places(self, book, owner):
        assert book(party=8, by=owner).created_by == owner
        with pytest.raises(reserve.NotBookable):
            book(party=9, by=owner)

    def test_staff_may_book_at_short_notice(self, book, service, owner):
        service.lead_hours = 48
        with pytest.raises(reserve.NotBookable):
            book()
        assert book(by=owner).pk

    def test_a_place_that_was_taken_meanwhile_is_replaced_by_another(
        self, book, monkeypatch
    ):
        book(party=1)
        choose, calls = places._rows, []

        def stale_then_fresh(booking, room):
            calls.append(1)
            rows = choose(booking, room)
            for row in rows if len(calls) == 1 else ():
                row.place = 8
            return rows

        monkeypatch.setattr(places, "_rows", stale_then_fresh)
        booking = book(party=1)
        assert len(calls) == 2
        assert set(booking.ticks.values_list("place", flat=True)) == {7}

    def test_the_number_of_statements_does_not_grow_with_the_party(
        self, book, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(20):
            book(party=6)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("places", [1, 3])
def test_of_fifty_at_once_exactly_as_many_as_places_succeed(service, contact, places):
    resource = service.resources.get()
    resource.places = places
    resource.save()
    today = timezone.localdate()
    day = today + dt.timedelta(days=(2 - today.weekday()) % 7)
    days = [day, day + dt.timedelta(7)]
    starts = [s.starts_at for each in days for s in slots.slots(service, each)]
    starts_at = next(start for start in starts if calendar.bookable(service, start))
    outcomes = []

    def visitor():
        try:
            reserve.book(service, starts_at, party=1, contact=contact, key=None)
            outcomes.append("booked")
        except reserve.SlotTaken:
            outcomes.append("taken")
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=visitor) for _n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("booked"), outcomes.count("taken")) == (places, 50 - places)
    assert Booking.objects.count() == places
    assert connection.vendor in ("sqlite", "postgresql")


@pytest.mark.django_db(transaction=True)
def test_a_double_click_in_parallel_makes_one_booking(service, contact):
    day = timezone.localdate() + dt.timedelta(days=7)
    day += dt.timedelta(days=(2 - day.weekday()) % 7 - 7 * (day.weekday() > 2))
    starts_at = next(
        slot.starts_at
        for n in (0, 7)
        for slot in slots.slots(service, day + dt.timedelta(n))
        if calendar.bookable(service, slot.starts_at)
    )
    found = []

    def click():
        try:
            booking = reserve.book(
                service, starts_at, party=2, contact=contact, key="form:9"
            )
            found.append(booking.pk)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=click) for _n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 5
    assert len(set(found)) == 1
    assert BookedTick.objects.count() == 2 * 6
