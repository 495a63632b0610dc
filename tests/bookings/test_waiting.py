import datetime as dt

import pytest
import time_machine
from django.db import transaction

from crm_plugin import queue
from crm_plugin.bookings import marks, moving, reserve, waiting
from crm_plugin.bookings.models import Booking, Service, WaitingEntry
from crm_plugin.bookings.refusals import NotBookable, SlotTaken
from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints import history
from tests import factories

from .conftest import NOW, TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = TONIGHT.date() + dt.timedelta(days=7)
THEN = TONIGHT + dt.timedelta(days=7)


@pytest.fixture
def dinner(service):
    """One sitting for eight on the Wednesday after, and it is full."""
    factories.SenderFactory()
    service.slots.filter(starts=dt.time(19)).delete()
    return Service.objects.get()


@pytest.fixture
def booked(dinner):
    """Two bookings that fill the house."""
    return [
        reserve.book(
            dinner, THEN, party=4, contact=factories.ContactFactory(), key=None
        )
        for _n in range(2)
    ]


def wait(service, name, party=2, **said):
    contact = factories.ContactFactory(family_name=name, email=f"{name}@mail.example")
    said = {"party": party, "contact": contact, "key": None, **said}
    return waiting.wait(service, DAY, **said)


def told():
    rows = Delivery.objects.filter(kind="waiting_place").order_by("id")
    return [row.address.partition("@")[0] for row in rows]


def work(minutes=0):
    with time_machine.travel(NOW + dt.timedelta(minutes=minutes), tick=False):
        queue.run_due("waiting-list")
    return told()


class TestWait:
    def test_an_entry_stands_with_its_day_and_number(self, dinner):
        entry = wait(dinner, "ito", party=3)
        assert (entry.on, entry.party_size, entry.told_at) == (DAY, 3, None)

    def test_the_same_key_gives_the_same_entry(self, dinner):
        one, two = (wait(dinner, "ito", key="form:1") for _n in range(2))
        assert one == two

    @pytest.mark.parametrize(
        ("day", "party", "reason"),
        [
            (NOW.date() - dt.timedelta(days=7), 2, "past"),
            (DAY + dt.timedelta(days=70), 2, "far"),
            (DAY + dt.timedelta(days=1), 2, "no_slot"),
            (DAY, 7, "many"),
            (DAY, 0, "few"),
        ],
    )
    def test_what_could_never_be_booked_cannot_be_waited_for(
        self, dinner, contact, day, party, reason
    ):
        with pytest.raises(NotBookable) as refused:
            waiting.wait(dinner, day, party=party, contact=contact, key=None)
        assert refused.value.reason == reason

    def test_a_service_may_have_no_waiting_list(self, dinner, contact):
        dinner.waiting_list = False
        with pytest.raises(NotBookable):
            waiting.wait(dinner, DAY, party=2, contact=contact, key=None)

    def test_the_story_tells_it(self, dinner, owner):
        entry = wait(dinner, "ito")
        (line,) = history.story(entry.contact, user=owner)
        assert line.kind == "waiting"
        assert "Dinner table" in line.title


class TestTell:
    def test_nobody_is_told_while_it_is_full(self, dinner, booked):
        wait(dinner, "ito")
        assert work() == []

    def test_a_cancelled_booking_is_told_to_who_waits(self, dinner, booked):
        wait(dinner, "ito")
        marks.cancel(booked[0])
        assert work() == ["ito"]
        delivery = Delivery.objects.get(kind="waiting_place")
        assert "/crm/waiting/" in delivery.values["take_url"]

    def test_cancelling_wakes_the_worker(
        self, dinner, booked, django_capture_on_commit_callbacks
    ):
        wait(dinner, "ito")
        transaction.get_connection().run_on_commit.clear()
        with django_capture_on_commit_callbacks() as calls:
            marks.cancel(booked[0])
        assert "waiting-list" in [getattr(call, "wakes", "") for call in calls]

    def test_moving_away_tells_them_too(self, dinner, booked, owner):
        wait(dinner, "ito")
        moving.move(booked[0], TONIGHT, by=owner)
        assert work() == ["ito"]

    def test_they_are_told_in_the_order_in_which_they_asked(self, dinner, booked):
        for name in ("ito", "kato", "mori", "ueda"):
            wait(dinner, name)
        marks.cancel(booked[0])
        assert work() == ["ito", "kato"]

    def test_the_next_ones_are_told_when_the_head_start_is_over(self, dinner, booked):
        for name in ("ito", "kato", "mori"):
            wait(dinner, name, party=4)
        marks.cancel(booked[0])
        assert work() == ["ito"]
        assert work(59) == ["ito"]
        assert work(61) == ["ito", "kato"]
        assert work(122) == ["ito", "kato", "mori"]

    def test_who_does_not_fit_is_passed_over(self, dinner, booked):
        wait(dinner, "big", party=6)
        wait(dinner, "small", party=2)
        marks.cancel(booked[0])
        assert work() == ["small"]

    def test_nobody_is_told_twice_of_the_same_place(self, dinner, booked):
        wait(dinner, "ito", party=4)
        marks.cancel(booked[0])
        assert work() == ["ito"]
        assert work(600) == ["ito"]

    def test_another_place_is_told_again(self, dinner, booked):
        wait(dinner, "ito", party=4)
        marks.cancel(booked[0])
        work()
        reserve.book(
            dinner, THEN, party=4, contact=factories.ContactFactory(), key=None
        )
        with time_machine.travel(NOW + dt.timedelta(hours=3), tick=False):
            marks.cancel(booked[1])
        assert work(181) == ["ito", "ito"]

    def test_a_place_taken_again_is_told_to_nobody(self, dinner, booked):
        wait(dinner, "ito", party=4)
        marks.cancel(booked[0])
        reserve.book(
            dinner, THEN, party=4, contact=factories.ContactFactory(), key=None
        )
        assert work() == []

    def test_who_has_no_address_holds_nobody_up(self, dinner, booked):
        nobody = factories.ContactFactory()
        waiting.wait(dinner, DAY, party=2, contact=nobody, key=None)
        wait(dinner, "ito", party=4)
        marks.cancel(booked[0])
        assert work() == ["ito"]

    def test_an_unverified_one_without_an_address_is_told_to_nobody(
        self, dinner, booked, contact
    ):
        waiting.wait(dinner, DAY, party=2, contact=contact, key=None, unverified=True)
        marks.cancel(booked[0])
        assert work() == []

    def test_who_left_the_list_is_not_told(self, dinner, booked):
        waiting.leave(wait(dinner, "ito"))
        marks.cancel(booked[0])
        assert work() == []

    def test_who_stands_on_the_list_twice_is_told_once(self, dinner, booked):
        """Anybody may type anybody's address, as often as he likes."""
        contact = factories.ContactFactory(email="ito@mail.example")
        said = {"contact": contact, "point": contact.points.get(kind="email")}
        for _n in range(4):
            waiting.wait(dinner, DAY, party=1, key=None, unverified=True, **said)
        wait(dinner, "kato", party=3)
        marks.cancel(booked[0])
        assert work() == ["ito", "kato"]
        assert work(30) == ["ito", "kato"]

    @pytest.mark.parametrize(("unverified", "most"), [(True, 3), (False, 6)])
    def test_freeing_and_taking_fills_nobodys_mailbox(
        self, dinner, booked, owner, unverified, most
    ):
        """Whoever confirmed that she waits is told as often as a place gets free."""
        contact = factories.ContactFactory(email="victim@mail.example")
        said = {"contact": contact, "point": contact.points.get(kind="email")}
        waiting.wait(dinner, DAY, party=2, key=None, unverified=unverified, **said)
        for number in range(6):
            with time_machine.travel(NOW + number * dt.timedelta(hours=2), tick=False):
                booking = moving.move(booked[0], TONIGHT, by=owner)
                queue.run_due("waiting-list")
            with time_machine.travel(
                NOW + dt.timedelta(hours=2 * number + 1), tick=False
            ):
                moving.move(booking, THEN, by=owner)
        assert told() == ["victim"] * most

    def test_a_table_alone_is_told_to_one_at_a_time(self):
        factories.SenderFactory()
        table = factories.ResourceFactory(places=4, whole=True)
        service = factories.ServiceFactory(rooms=[table], lead_hours=0)
        factories.SlotFactory(service=service)
        booking = reserve.book(
            service, THEN, party=2, contact=factories.ContactFactory(), key=None
        )
        for name in ("ito", "kato"):
            wait(service, name)
        marks.cancel(booking)
        assert work() == ["ito"]

    def test_the_number_of_queries_does_not_grow_with_who_waits(
        self, dinner, booked, django_assert_num_queries, django_assert_max_num_queries
    ):
        wait(dinner, "ito")
        with django_assert_max_num_queries(12) as few:
            waiting.tell_next()
        for number in range(5):
            wait(dinner, f"n{number}")
        with django_assert_num_queries(len(few)):
            waiting.tell_next()


class TestTake:
    @pytest.fixture
    def entry(self, dinner, booked):
        entry = wait(dinner, "ito", party=4)
        marks.cancel(booked[0])
        work()
        entry.refresh_from_db()
        return entry

    def test_who_takes_it_has_it(self, entry):
        booking = waiting.take(entry, THEN)
        assert (booking.contact, booking.party_size) == (entry.contact, 4)
        assert WaitingEntry.objects.get().booking == booking

    def test_taking_twice_is_taking_once(self, entry):
        assert waiting.take(entry, THEN) == waiting.take(entry, THEN)
        assert Booking.objects.filter(contact=entry.contact).count() == 1

    def test_nothing_is_held_for_them(self, entry, dinner):
        reserve.book(
            dinner, THEN, party=2, contact=factories.ContactFactory(), key=None
        )
        with pytest.raises(SlotTaken):
            waiting.take(entry, THEN)
        assert WaitingEntry.objects.get().booking is None

    def test_another_day_is_not_what_they_waited_for(self, entry):
        with pytest.raises(NotBookable):
            waiting.take(entry, TONIGHT)

    def test_who_left_cannot_take(self, entry):
        waiting.leave(entry)
        with pytest.raises(waiting.LeftTheList):
            waiting.take(entry, THEN)

    def test_leaving_can_be_undone(self, entry, owner):
        waiting.leave(entry, by=owner)
        waiting.come_back(entry, by=owner)
        assert WaitingEntry.objects.open().get() == entry

    def test_the_link_works_for_a_day(self, entry):
        assert waiting.offer_open(entry)
        with time_machine.travel(NOW + dt.timedelta(hours=25)):
            assert waiting.offer_over(entry)
