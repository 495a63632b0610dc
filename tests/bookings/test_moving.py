import datetime as dt
import threading

import pytest
import time_machine

from crm_plugin.bookings import marks, moving, reserve
from crm_plugin.bookings.models import BookedTick, Booking, Service
from crm_plugin.bookings.refusals import AlreadyCancelled, NotBookable, SlotTaken
from crm_plugin.contacts.models import ContactChange
from crm_plugin.journal import Operation
from crm_plugin.touchpoints import history
from tests import factories

from .conftest import TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SEVEN = TONIGHT + dt.timedelta(hours=1)
NEXT_WEEK = TONIGHT + dt.timedelta(days=7)


@pytest.fixture
def booking(service, contact):
    Service.objects.update(change_hours=2)
    return reserve.book(
        Service.objects.get(), TONIGHT, party=4, contact=contact, key=None
    )


def fill(service, at, party):
    contact = factories.ContactFactory()
    return reserve.book(service, at, party=party, contact=contact, key=None)


def ticks():
    return sorted(BookedTick.objects.values_list("starts_at", "place"))


def test_moving_frees_the_old_places_and_takes_the_new(booking):
    moving.move(booking, NEXT_WEEK)
    booking.refresh_from_db()
    assert booking.starts_at == NEXT_WEEK
    assert booking.ends_at == NEXT_WEEK + dt.timedelta(minutes=90)
    assert {at for at, _place in ticks()} == {
        NEXT_WEEK + dt.timedelta(minutes=15 * n) for n in range(6)
    }
    assert booking.sequence == 1


def test_it_is_not_in_its_own_way(booking, service):
    fill(service, TONIGHT, 4)
    assert moving.move(booking, SEVEN, party=4).starts_at == SEVEN


def test_a_full_time_leaves_it_where_it_was(booking, service):
    fill(service, NEXT_WEEK, 6)
    before = ticks()
    with pytest.raises(SlotTaken):
        moving.move(booking, NEXT_WEEK)
    booking.refresh_from_db()
    assert (booking.starts_at, booking.sequence) == (TONIGHT, 0)
    assert ticks() == before


def test_the_number_of_people_can_change(booking):
    moving.move(booking, TONIGHT, party=2)
    assert BookedTick.objects.filter(starts_at=TONIGHT).count() == 2


def test_the_same_again_changes_nothing(booking):
    ContactChange.objects.all().delete()
    assert moving.move(booking, TONIGHT).sequence == 0
    assert not ContactChange.objects.exists()
    assert not Operation.objects.exists()


def test_a_note_alone_keeps_the_places_and_tells_no_calendar(booking, owner):
    before = ticks()
    moved = moving.move(booking, TONIGHT, note="High chair", by=owner)
    assert (moved.note, moved.sequence) == ("High chair", 0)
    assert ticks() == before


def test_a_guest_may_move_until_the_deadline(booking):
    late = TONIGHT - dt.timedelta(hours=1, minutes=59)
    with time_machine.travel(late), pytest.raises(NotBookable) as refused:
        moving.move(booking, NEXT_WEEK)
    assert refused.value.reason == "late"


def test_staff_may_move_later(booking, owner):
    with time_machine.travel(TONIGHT - dt.timedelta(minutes=5)):
        assert moving.move(booking, NEXT_WEEK, by=owner).starts_at == NEXT_WEEK


def test_without_a_deadline_a_guest_may_not_move_at_all(booking):
    Service.objects.update(change_hours=None)
    with pytest.raises(NotBookable):
        moving.move(booking, NEXT_WEEK)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (TONIGHT - dt.timedelta(days=7), "past"),
        (TONIGHT + dt.timedelta(days=70), "far"),
        (TONIGHT + dt.timedelta(minutes=30), "no_slot"),
    ],
)
def test_it_is_not_moved_where_nobody_can_book(booking, at, reason):
    with pytest.raises(NotBookable) as refused:
        moving.move(booking, at)
    assert refused.value.reason == reason


def test_a_cancelled_one_cannot_be_moved(booking, owner):
    marks.cancel(booking)
    with pytest.raises(AlreadyCancelled):
        moving.move(booking, NEXT_WEEK, by=owner)


def test_one_that_came_cannot_be_moved(booking, owner):
    marks.came(booking, by=owner)
    with pytest.raises(NotBookable):
        moving.move(booking, NEXT_WEEK, by=owner)


def test_a_reminder_is_due_anew(booking):
    Booking.objects.update(reminded_at=TONIGHT)
    assert moving.move(booking, NEXT_WEEK).reminded_at is None


def test_the_story_tells_from_when_to_when_and_by_whom(booking, contact, owner):
    moving.move(booking, NEXT_WEEK, by=owner)
    entry = next(
        entry
        for entry in history.story(contact, user=owner)
        if entry.kind == "booking_moved"
    )
    assert "05/20/2026 6 p.m. → 05/27/2026 6 p.m." in entry.title
    assert entry.by == owner


def test_the_journal_holds_what_changed(booking, owner):
    moving.move(booking, NEXT_WEEK, party=2, by=owner)
    operation = Operation.objects.get()
    fields = set(operation.changes.values_list("field", flat=True))
    assert (operation.kind, fields) == ("booking_moved", {"starts_at", "party_size"})


class TestMarksAndCalendars:
    def test_cancelling_and_coming_back_are_news_for_calendars(self, booking, owner):
        assert marks.cancel(booking).sequence == 1
        assert marks.undo_mark(booking, by=owner).sequence == 2

    def test_coming_is_not(self, booking, owner):
        assert marks.came(booking, by=owner).sequence == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_move_to_the_last_place_do_not_both_get_it(service):
    one, two = (fill(service, TONIGHT, 1) for _n in range(2))
    room = service.resources.get()
    fill(service, NEXT_WEEK, 6)
    fill(service, NEXT_WEEK, 1)
    Service.objects.update(change_hours=0)
    outcomes = []

    def go(booking):
        from django.db import connections

        try:
            moving.move(booking, NEXT_WEEK)
            outcomes.append("moved")
        except SlotTaken:
            outcomes.append("taken")
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=go, args=[each]) for each in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "taken"]
    at_that_time = BookedTick.objects.filter(resource=room, starts_at=NEXT_WEEK)
    assert at_that_time.count() == room.places
