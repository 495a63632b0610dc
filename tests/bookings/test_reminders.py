import datetime as dt

import pytest
import time_machine

from crm_plugin import queue
from crm_plugin.bookings import marks, moving, reminders, reserve
from crm_plugin.bookings.models import Booking, Service
from crm_plugin.delivery.models import Delivery
from tests import factories

from .conftest import NOW, TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
THEN = TONIGHT + dt.timedelta(days=7)


@pytest.fixture
def booking(service, contact):
    factories.SenderFactory()
    Service.objects.update(remind_hours=24)
    return reserve.book(Service.objects.get(), THEN, party=2, contact=contact, key=None)


def reminded(at):
    with time_machine.travel(at, tick=False):
        queue.run_due("booking-reminders")
    return Delivery.objects.filter(kind="booking_reminder").count()


def hours_before(number):
    return THEN - dt.timedelta(hours=number)


def test_it_goes_out_so_many_hours_before(booking):
    assert reminded(hours_before(25)) == 0
    assert reminded(hours_before(24)) == 1
    delivery = Delivery.objects.get()
    assert delivery.address == "hanako@mail.example"
    assert "/crm/booking/" in delivery.values["manage_url"]


def test_it_goes_out_once(booking):
    assert reminded(hours_before(24)) == 1
    assert reminded(hours_before(1)) == 1


def test_a_worker_that_slept_is_late_not_silent(booking):
    assert reminded(hours_before(2)) == 1


def test_nobody_is_reminded_of_what_has_begun(booking):
    assert reminded(THEN + dt.timedelta(minutes=1)) == 0


def test_who_booked_shorter_before_is_not_reminded(service, contact):
    Service.objects.update(remind_hours=24)
    reserve.book(Service.objects.get(), TONIGHT, party=2, contact=contact, key=None)
    assert reminded(NOW + dt.timedelta(hours=1)) == 0


@pytest.mark.parametrize("mark", [marks.cancel, marks.came, marks.no_show])
def test_what_is_over_is_not_reminded_of(booking, owner, mark):
    mark(booking, by=owner)
    assert reminded(hours_before(24)) == 0


def test_no_reminder_where_the_service_has_none(booking):
    Service.objects.update(remind_hours=None)
    assert reminded(hours_before(24)) == 0


def test_a_moved_booking_is_reminded_of_its_new_time(booking, owner):
    reminded(hours_before(24))
    later = THEN + dt.timedelta(days=7)
    with time_machine.travel(hours_before(20)):
        moving.move(booking, later, by=owner)
    assert reminded(later - dt.timedelta(hours=25)) == 1
    assert reminded(later - dt.timedelta(hours=24)) == 2


def test_without_an_address_it_is_done_without_a_message(booking, contact):
    contact.points.all().delete()
    assert reminded(hours_before(24)) == 0
    assert Booking.objects.get().reminded_at


def test_the_number_of_queries_does_not_grow_with_what_is_not_due(
    booking, contact, django_assert_max_num_queries
):
    for _n in range(5):
        factories.BookingFactory(starts_at=THEN + dt.timedelta(days=30))
    with django_assert_max_num_queries(2):
        reminders.remind_due()
