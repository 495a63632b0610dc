"""The change feed: a room that fails holds up nobody else, and nothing is lost."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.models import ContactChange

pytestmark = pytest.mark.django_db
SECRET = "hanako@mail.example"


class Room:
    """A room that says what it was asked, and fails while it is told to."""

    def __init__(self):
        self.asked, self.fails, self.finds = [], False, set()

    def __call__(self, by_aspect):
        if self.fails:
            ContactChange.objects.create(contact_id=99, aspect="half done")
            raise RuntimeError(SECRET)
        self.asked.append({aspect: set(ids) for aspect, ids in by_aspect.items()})
        if self.finds:
            by_aspect["scores"] |= self.finds


@pytest.fixture
def rooms(monkeypatch):
    first, second, third = Room(), Room(), Room()
    steps = [(10, "first", first), (20, "second", second), (30, "third", third)]
    monkeypatch.setattr(changes, "_steps", steps)
    return first, second, third


def later(minutes=2):
    moment = timezone.now() + dt.timedelta(minutes=minutes)
    return time_machine.travel(moment, tick=False)


def test_the_rooms_after_it_are_asked_nevertheless(rooms):
    first, second, third = rooms
    second.fails = True
    changes.note([1, 2], "fields")
    assert changes.drain() == 2
    assert first.asked == third.asked == [{"fields": {1, 2}}]


def test_what_it_could_not_work_in_waits_for_it_alone(rooms):
    first, second, third = rooms
    second.fails = True
    changes.note([1], "fields")
    changes.drain()
    second.fails = False
    with later():
        changes.note([2], "stage")
        changes.drain()
    assert second.asked == [{"fields": {1}, "stage": {2}}]
    assert first.asked == third.asked == [{"fields": {1}}, {"stage": {2}}]
    assert not ContactChange.objects.exists()


def test_it_is_not_tried_again_at_once(rooms):
    rooms[1].fails = True
    changes.note([1], "fields")
    assert [changes.drain_all(), changes.drain_all()] == [True, False]
    assert ContactChange.objects.get().step == "second"


def test_nothing_that_it_wrote_before_it_failed_stays(rooms, caplog):
    rooms[1].fails = True
    changes.note([1], "fields")
    changes.drain()
    assert not ContactChange.objects.filter(contact_id=99).exists()
    assert "second" in caplog.text
    assert SECRET not in caplog.text


def test_what_a_room_finds_out_is_told_to_the_later_ones(rooms):
    first, second, third = rooms
    first.finds = {7}
    changes.note([1], "fields")
    changes.drain()
    assert second.asked == third.asked == [{"fields": {1}, "scores": {7}}]
