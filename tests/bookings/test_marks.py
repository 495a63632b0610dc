import pytest

from crm_plugin.bookings import marks, reserve
from crm_plugin.bookings.models import BookedTick
from crm_plugin.contacts.models import ContactChange
from crm_plugin.journal import Change
from crm_plugin.touchpoints import history
from tests import factories

from .conftest import TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def booking(service, contact):
    return reserve.book(service, TONIGHT, party=4, contact=contact, key=None)


def test_came_says_when_and_who_ticked(booking, owner):
    booking = marks.came(booking, by=owner)
    assert booking.state == "came"
    assert booking.marked_by == owner


def test_came_twice_keeps_the_first_moment(booking, owner):
    first = marks.came(booking, by=owner).came_at
    assert marks.came(booking, by=None).came_at == first


def test_a_wrong_mark_is_replaced_by_the_right_one(booking, owner):
    marks.no_show(booking, by=owner)
    booking = marks.came(booking, by=owner)
    assert (booking.state, booking.no_show_at) == ("came", None)


def test_cancelling_gives_the_places_back_at_once(booking):
    marks.cancel(booking)
    assert not BookedTick.objects.exists()


def test_a_cancelled_booking_cannot_be_marked_as_came(booking, owner):
    marks.cancel(booking)
    with pytest.raises(marks.AlreadyCancelled):
        marks.came(booking, by=owner)


def test_undo_takes_the_mark_back(booking, owner):
    marks.came(booking, by=owner)
    assert marks.undo_mark(booking, by=owner).state == "booked"


def test_undoing_a_cancelling_takes_places_again(booking, owner):
    marks.cancel(booking)
    marks.undo_mark(booking, by=owner)
    assert BookedTick.objects.count() == 4 * 6


def test_undoing_a_cancelling_fails_when_the_places_are_gone(booking, service, owner):
    marks.cancel(booking)
    other = factories.ContactFactory()
    reserve.book(service, TONIGHT, party=6, contact=other, key=None)
    with pytest.raises(reserve.SlotTaken):
        marks.undo_mark(booking, by=owner)
    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_each_mark_tells_the_change_feed(booking, owner):
    ContactChange.objects.all().delete()
    marks.came(booking, by=owner)
    assert ContactChange.objects.get().aspect == "bookings"


def test_the_story_tells_what_became_of_a_booking(booking, contact, owner):
    marks.came(booking, by=owner)
    kinds = [entry.kind for entry in history.story(contact, user=owner)]
    assert kinds == ["booking_came", "booking"]


@pytest.mark.parametrize("phase", ["success", "sales"])
def test_an_attended_booking_belongs_to_the_phase_of_its_service(
    service, contact, owner, phase
):
    """A course for customers is told as success, a first consultation as sales."""
    service.phase = phase
    service.save()
    booking = reserve.book(service, TONIGHT, party=1, contact=contact, key=None)
    marks.came(booking, by=owner)
    story = history.story(contact, user=owner)
    assert {(entry.kind, entry.phase) for entry in story} == {
        ("booking_came", phase),
        ("booking", phase),
    }


def test_the_story_pages_through_bookings(service, contact, owner):
    for _n in range(3):
        booking = reserve.book(service, TONIGHT, party=1, contact=contact, key=None)
        marks.cancel(booking)
    page = history.story(contact, user=owner)
    assert len(page) == 6
    older = history.story(contact, user=owner, before=page[0].at)
    assert {entry.at < page[0].at for entry in older} <= {True}


def test_every_mark_and_its_undoing_stands_in_the_journal(booking, owner):
    marks.came(booking, by=owner)
    marks.undo_mark(booking, by=owner)
    marks.no_show(booking, by=None)
    said = Change.objects.filter(model="booking", object_id=booking.pk).order_by("id")
    told = [(row.field, bool(row.old), bool(row.new)) for row in said]
    assert told == [
        ("came_at", False, True),
        ("came_at", True, False),
        ("no_show_at", False, True),
    ]
    assert [row.operation.by for row in said] == [owner, owner, None]
