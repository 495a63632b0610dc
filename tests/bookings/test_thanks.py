"""The message after a visit: once, to who agreed, and not to who did not come."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.bookings import holding, marks, reserve, thanks
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.consents import ledger
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.delivery import outbox
from crm_plugin.delivery.drain import drain
from crm_plugin.delivery.models import Delivery
from crm_plugin.journal import Change
from crm_plugin.touchpoints import history
from tests import factories
from tests.delivery.conftest import sink  # noqa: F401

from .conftest import NOW, TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
OVER = TONIGHT + dt.timedelta(minutes=90)
DUE = OVER + dt.timedelta(hours=24)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def topic():
    return factories.TopicFactory()


@pytest.fixture
def agreed(contact, topic):
    """She agreed to hear from us."""
    return factories.ConsentFactory(point=contact.points.get(kind="email"), topic=topic)


@pytest.fixture
def booking(service, contact, topic, agreed):
    factories.SenderFactory()
    Service.objects.update(thanks_hours=24, thanks_topic=topic)
    return book(contact)


def book(contact, at=TONIGHT, **said):
    service = Service.objects.get()
    return reserve.book(service, at, party=2, contact=contact, key=None, **said)


def came(booking, owner, at=OVER):
    with time_machine.travel(at, tick=False):
        return marks.came(booking, by=owner)


def worked(at=DUE + MINUTE):
    """What the worker had written by then."""
    with time_machine.travel(at, tick=False):
        queue.run_due("booking-thanks")
    return list(Delivery.objects.filter(kind="booking_thanks").order_by("pk"))


def handed_over(at=DUE + MINUTE):
    """The state and reason after a worker tried to send."""
    with time_machine.travel(at, tick=False):
        drain(5)
    row = Delivery.objects.get()
    return row.state, row.reason


class TestWhen:
    def test_it_leaves_so_many_hours_after_the_end(self, booking, owner):
        came(booking, owner)
        assert not worked(DUE - MINUTE)
        (delivery,) = worked(DUE)
        assert delivery.address == "hanako@mail.example"
        assert delivery.topic.key == "newsletter"
        assert Booking.objects.get().thanks == delivery

    def test_without_a_mark_nobody_is_thanked(self, booking):
        assert not worked()

    @pytest.mark.parametrize("mark", [marks.no_show, marks.cancel])
    def test_who_did_not_come_is_not_thanked(self, booking, owner, mark):
        mark(booking, by=owner)
        assert not worked()

    def test_it_is_off_unless_the_service_says_so(self, booking, owner):
        Service.objects.update(thanks_hours=None)
        assert came(booking, owner).thanks_at is None
        Service.objects.update(thanks_hours=24)
        assert not worked()

    def test_switching_it_off_stops_what_was_planned(self, booking, owner):
        came(booking, owner)
        Service.objects.update(thanks_hours=None)
        assert not worked()

    def test_switching_it_on_writes_to_nobody_of_the_past(self, service, owner):
        factories.BookingFactory(service=service, came_at=NOW, starts_at=NOW)
        Service.objects.update(thanks_hours=1, thanks_topic=factories.TopicFactory())
        assert not worked()

    def test_a_retired_topic_stops_it(self, booking, owner, topic):
        came(booking, owner)
        topic.active = False
        topic.save()
        assert not worked()

    def test_a_late_mark_can_be_corrected_for_half_an_hour(self, booking, owner):
        later = DUE + dt.timedelta(days=2)
        assert came(booking, owner, later).thanks_at == later + thanks.GRACE

    def test_tidying_up_thanks_nobody(self, booking, owner):
        week = DUE + thanks.LATE + MINUTE
        assert came(booking, owner, week).thanks_at is None

    def test_what_a_worker_slept_through_stays_unsaid(self, booking, owner):
        came(booking, owner)
        assert not worked(DUE + thanks.LATE)


class TestOnce:
    def test_it_is_written_once(self, booking, owner):
        came(booking, owner)
        assert len(worked()) == 1
        assert len(worked(DUE + dt.timedelta(hours=5))) == 1

    def test_coming_twice_is_one_visit(self, booking, owner):
        came(booking, owner)
        worked()
        Delivery.objects.update(state="sent")
        marks.undo_mark(booking, by=owner)
        came(booking, owner, DUE)
        assert len(worked(DUE + dt.timedelta(days=1))) == 1

    def test_a_party_that_booked_twice_is_thanked_once(self, booking, contact, owner):
        twin = book(contact, TONIGHT + dt.timedelta(hours=1))
        came(booking, owner)
        came(twin, owner)
        (delivery,) = worked(DUE + dt.timedelta(hours=2))
        assert {row.thanks for row in Booking.objects.all()} == {delivery}

    def test_two_records_at_one_address_are_thanked_once(self, booking, owner, topic):
        double = factories.ContactFactory(email="hanako@mail.example")
        factories.ConsentFactory(point=double.points.get(), topic=topic)
        came(booking, owner)
        came(book(double), owner)
        assert len(worked()) == 1

    def test_the_next_visit_is_another_one(self, booking, contact, owner):
        came(booking, owner)
        worked()
        week = dt.timedelta(days=7)
        came(book(contact, TONIGHT + week), owner, OVER + week)
        assert len(worked(DUE + week)) == 2

    def test_a_worker_that_dies_in_between_leaves_nothing_half_done(
        self, booking, owner, monkeypatch
    ):
        came(booking, owner)

        def dies(*args, **said):
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(thanks.thanks_leads, "of", dies)
            with pytest.raises(SystemExit):
                worked()
        assert Booking.objects.get().thanked_at is None
        assert len(worked()) == 1

    def test_after_a_merge_it_goes_to_the_one_who_stays(self, booking, contact, owner):
        stays = factories.ContactFactory()
        came(booking, owner)
        merge_contacts(stays, contact, by=owner)
        (delivery,) = worked()
        assert delivery.contact == stays

    def test_an_erased_guest_is_gone_with_her_bookings(self, booking, contact, owner):
        came(booking, owner)
        contact.delete()
        assert not worked()


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_it_once(booking, owner):
    came(booking, owner)
    ready = threading.Barrier(2)

    def work():
        ready.wait()
        try:
            thanks.thank_due()
        finally:
            connections.close_all()

    with time_machine.travel(DUE + MINUTE, tick=False):
        workers = [threading.Thread(target=work) for _n in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert Delivery.objects.count() == 1


class TestCorrected:
    def test_a_no_show_gets_nothing(self, booking, owner):
        came(booking, owner)
        marks.undo_mark(booking, by=owner)
        marks.no_show(booking, by=owner)
        assert not worked()

    @pytest.mark.parametrize("claimed", [False, True])
    def test_what_waits_for_the_server_is_taken_back(self, booking, owner, claimed):
        came(booking, owner)
        worked()
        with time_machine.travel(DUE + MINUTE, tick=False):
            rows = outbox.claim(10) if claimed else []
            marks.no_show(booking, by=owner)
            assert not any(outbox.take(row) for row in rows)
            outbox.settle_refused(rows)
        assert handed_over() == ("skipped", "cancelled")

    def test_what_left_stays_said(self, booking, owner):
        came(booking, owner)
        worked()
        Delivery.objects.update(state="sent")
        marks.no_show(booking, by=owner)
        assert Delivery.objects.get().state == "sent"
        assert Booking.objects.get().thanked_at

    def test_a_slip_of_the_hand_costs_her_nothing(self, booking, owner):
        came(booking, owner)
        worked()
        marks.no_show(booking, by=owner)
        came(booking, owner, DUE + MINUTE)
        taken_back, sent = worked(DUE + dt.timedelta(hours=1))
        assert (taken_back.state, sent.state) == ("skipped", "pending")

    def test_the_other_booking_of_that_day_is_still_thanked(
        self, booking, contact, owner
    ):
        twin = came(book(contact), owner)
        came(booking, owner)
        worked()
        marks.no_show(Booking.objects.get(pk=twin.pk), by=owner)
        assert Delivery.objects.get().state == "pending"


class TestHeld:
    def test_a_person_may_hold_it_back_and_let_it_go(self, booking, owner):
        came(booking, owner)
        holding.hold(booking, by=owner)
        assert not worked()
        with time_machine.travel(DUE + MINUTE, tick=False):
            holding.let_go(booking, by=owner)
        assert not worked(DUE + MINUTE)
        assert len(worked(DUE + thanks.GRACE + MINUTE)) == 1

    def test_it_can_be_held_before_anybody_came(self, booking, owner):
        holding.hold(booking, by=owner)
        came(booking, owner)
        assert not worked()

    def test_what_waits_for_the_server_is_held_as_well(self, booking, owner):
        came(booking, owner)
        worked()
        holding.hold(booking, by=owner)
        assert handed_over() == ("skipped", "cancelled")

    def test_what_left_cannot_be_held(self, booking, owner):
        came(booking, owner)
        worked()
        Delivery.objects.update(state="sent")
        with pytest.raises(holding.Gone):
            holding.hold(booking, by=owner)

    def test_who_held_it_is_kept(self, booking, owner):
        holding.hold(booking, by=owner)
        holding.hold(booking, by=owner)
        change = Change.objects.get(field="thanks_held_at")
        assert (change.old, change.operation.by) == (None, owner)


def no_consent(contact):
    contact.points.get(kind="email").consents.update(state="withdrawn")


def unsubscribed(contact):
    ledger.suppress("email", "hanako@mail.example", reason="unsubscribed")


def bounced(contact):
    ledger.suppress("email", "hanako@mail.example", reason="bounced")


def paused(contact):
    until = timezone.localdate() + dt.timedelta(days=30)
    factories.models.Preference.objects.create(contact=contact, paused_until=until)


def complained(contact):
    factories.InquiryFactory(contact=contact, kind="complaint")


def archived(contact):
    type(contact).objects.update(archived_at=timezone.now())


def had_a_letter(contact):
    factories.models.Preference.objects.create(contact=contact, frequency="weekly")
    factories.DeliveryFactory(
        agreed=False,
        contact=contact,
        point=contact.points.get(kind="email"),
        state="sent",
        handed_at=DUE - MINUTE,
    )


REASONS = {
    no_consent: "no_consent",
    unsubscribed: "suppressed",
    bounced: "suppressed",
    paused: "paused",
    complained: "open_inquiry",
    archived: "erased",
    had_a_letter: "digest",
}


@pytest.mark.parametrize("arrange", REASONS, ids=lambda each: each.__name__)
class TestGates:
    def test_it_is_held_with_its_reason(self, booking, contact, owner, arrange):
        came(booking, owner)
        arrange(contact)
        worked()
        with time_machine.travel(DUE + MINUTE, tick=False):
            drain(5)
        row = Delivery.objects.get(kind="booking_thanks")
        assert (row.state, row.reason) == ("skipped", REASONS[arrange])

    def test_the_page_says_so_beforehand(self, booking, contact, owner, arrange):
        booking = came(booking, owner)
        arrange(contact)
        with time_machine.travel(DUE + MINUTE, tick=False):
            assert thanks.hindrance(booking) == REASONS[arrange]


class TestAddress:
    def test_without_one_it_is_done_without_a_message(self, booking, contact, owner):
        came(booking, owner)
        contact.points.all().delete()
        assert not worked()
        assert Booking.objects.get().thanked_at
        assert thanks.hindrance(Booking.objects.get()) == "no_address"

    def test_it_goes_to_the_address_given_for_the_booking(
        self, booking, contact, owner, topic
    ):
        other = factories.PointFactory(contact=contact, value="office@mail.example")
        factories.ConsentFactory(point=other, topic=topic)
        Booking.objects.update(point=other)
        came(booking, owner)
        assert worked()[0].address == "office@mail.example"


def test_it_leaves_as_marketing_does_and_lands_in_the_history(
    booking,
    contact,
    owner,
    sink,  # noqa: F811
):
    contact.language = "en"
    contact.save()
    came(booking, owner)
    worked()
    assert handed_over() == ("sent", "")
    mail = sink.messages[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    (entry,) = [
        each for each in history.story(contact, user=owner) if each.kind == "mail_out"
    ]
    assert entry.title == "Thank you for coming: Dinner table"


def test_it_is_in_the_guests_language(booking, contact, owner):
    contact.language = "ja"
    contact.save()
    came(booking, owner)
    (delivery,) = worked()
    assert delivery.language == "ja"
    assert "ありがとう" in delivery.rendering.subject


def test_the_number_of_queries_does_not_grow_with_what_is_not_due(
    booking, django_assert_max_num_queries
):
    for _n in range(5):
        factories.BookingFactory(
            service=booking.service, came_at=NOW, thanks_at=NOW + dt.timedelta(days=3)
        )
    with django_assert_max_num_queries(1):
        thanks.thank_due()


def test_looking_for_the_due_ones_reads_an_index(booking):
    found = str(thanks.due().explain())
    if connection.vendor == "sqlite":
        assert "crm_booking_unthanked" in found
