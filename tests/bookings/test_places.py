"""Which places a booking takes: of several tables, of a room, with the pause after it."""

import datetime as dt

import pytest

from crm_plugin.bookings import calendar, marks, reserve
from crm_plugin.bookings.models import BookedTick, Service
from tests import factories

from .conftest import NOW, TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = NOW.date()


def open_all_evening(*rooms):
    for room in rooms:
        factories.HoursFactory(resource=room)
    return rooms


def serve(*rooms, **said):
    said = {"duration_minutes": 60, "step_minutes": 30, "lead_hours": 0, **said}
    return factories.ServiceFactory(rooms=rooms, **said)


def book(service, party=1, at=TONIGHT, **more):
    contact = factories.ContactFactory()
    service = Service.objects.get(pk=service.pk)
    return reserve.book(service, at, party=party, contact=contact, key=None, **more)


def left(service, at=TONIGHT):
    service = Service.objects.get(pk=service.pk)
    found = calendar.offers(service, [TODAY])[TODAY]
    return {offer.starts_at: offer for offer in found}[at].left


class TestOneOfSeveral:
    @pytest.fixture
    def stylists(self):
        names = ("Aoi", "Ren", "Yui")
        people = [
            factories.ResourceFactory(name=n, kind="person", places=1) for n in names
        ]
        return serve(*open_all_evening(*people))

    def test_each_booking_takes_one_who_is_free(self, stylists):
        taken = [book(stylists).resource.name for _n in range(3)]
        assert sorted(taken) == ["Aoi", "Ren", "Yui"]
        with pytest.raises(reserve.SlotTaken):
            book(stylists)

    def test_a_cancelled_one_is_free_again(self, stylists):
        bookings = [book(stylists) for _n in range(3)]
        marks.cancel(bookings[1])
        assert book(stylists).resource == bookings[1].resource

    def test_only_who_works_then_is_taken(self, stylists):
        aoi = stylists.resources.get(name="Aoi")
        factories.SpecialDaysFactory(resource=aoi, first_on=TODAY)
        assert {book(stylists).resource.name for _n in range(2)} == {"Ren", "Yui"}
        with pytest.raises(reserve.SlotTaken):
            book(stylists)

    def test_a_party_is_not_torn_apart(self, stylists):
        with pytest.raises(reserve.NotBookable) as refused:
            book(stylists, party=2)
        assert refused.value.reason == "many"


class TestTables:
    @pytest.fixture
    def tables(self):
        sizes = (6, 2, 4)
        rooms = [
            factories.ResourceFactory(name=f"T{n}", kind="table", places=n, whole=True)
            for n in sizes
        ]
        return serve(*open_all_evening(*rooms))

    def test_a_party_gets_the_smallest_table_that_it_fits_at(self, tables):
        assert [book(tables, party=n).resource.name for n in (2, 2, 2)] == [
            "T2",
            "T4",
            "T6",
        ]

    def test_a_table_is_not_shared(self, tables):
        book(tables, party=5)
        assert left(tables) == 6
        with pytest.raises(reserve.SlotTaken):
            book(tables, party=5)

    def test_more_chairs_later_do_not_let_a_second_party_in(self, tables):
        booking = book(tables, party=5)
        booking.resource.places = 12
        booking.resource.save()
        with pytest.raises(reserve.SlotTaken):
            book(tables, party=6)


class TestPauses:
    def test_the_pause_after_a_booking_cannot_be_booked(self):
        room = factories.ResourceFactory(places=1)
        service = serve(*open_all_evening(room), buffer_minutes=30)
        booking = book(service)
        assert booking.ends_at == TONIGHT + dt.timedelta(minutes=60)
        assert booking.ticks.count() == 6
        found = calendar.free_slots(Service.objects.get(), TODAY)
        assert found[0].starts_at == TONIGHT + dt.timedelta(minutes=90)

    def test_the_pause_may_reach_past_closing(self):
        room = factories.ResourceFactory(places=1)
        service = serve(*open_all_evening(room), buffer_minutes=60)
        last = TONIGHT.replace(hour=21)
        assert book(service, at=last).starts_at == last


class TestCapacity:
    """A course dinner for at most four at once, in a room of ten that others use."""

    @pytest.fixture
    def room(self):
        (room,) = open_all_evening(factories.ResourceFactory(places=10))
        return room

    @pytest.fixture
    def course(self, room):
        return serve(room, capacity=4)

    def test_no_more_people_at_once_than_its_capacity(self, course):
        book(course, party=3)
        assert left(course) == 1
        with pytest.raises(reserve.SlotTaken):
            book(course, party=2)

    def test_others_may_still_fill_the_room(self, room, course):
        book(course, party=4)
        assert left(serve(room)) == 6

    def test_others_leave_it_its_places_as_long_as_there_are_any(self, room, course):
        book(serve(room), party=6)
        assert left(course) == 4
        book(course, party=4)
        assert left(course) == 0

    def test_the_room_is_the_limit_in_any_case(self, room, course):
        book(serve(room), party=8)
        assert left(course) == 2
        with pytest.raises(reserve.SlotTaken):
            book(course, party=3)

    def test_fewer_seats_later_are_not_booked_twice(self, room, course):
        book(serve(room), party=8)
        room.places = 9
        room.save()
        assert left(course) == 1


def test_the_calendar_promises_what_can_be_taken(service):
    """Whatever was booked and cancelled before: a free place can be had."""
    bookings = [book(service, party=n) for n in (1, 2, 3, 1)]
    marks.cancel(bookings[1])
    marks.cancel(bookings[3])
    assert left(service) == 4
    book(service, party=4)
    assert left(service) == 0
    assert BookedTick.objects.filter(starts_at=TONIGHT).count() == 8
