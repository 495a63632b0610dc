import datetime as dt

import pytest
import time_machine

from crm_plugin.bookings import calendar, reserve
from tests import factories

from .conftest import NOW, TONIGHT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TODAY = NOW.date()
SEVEN = TONIGHT + dt.timedelta(hours=1)


def book(service, party, starts_at=TONIGHT, **more):
    contact = factories.ContactFactory()
    return reserve.book(
        service, starts_at, party=party, contact=contact, key=None, **more
    )


def test_the_weekly_plan_gives_the_start_times_of_a_day(service):
    assert calendar.free_slots(service, TODAY, party=2) == [(TONIGHT, 8), (SEVEN, 8)]


def test_a_day_without_slots_is_empty(service):
    tomorrow = TODAY + dt.timedelta(days=1)
    assert calendar.free_slots(service, tomorrow, party=2) == []


def test_a_booking_takes_places_for_its_whole_stay(service):
    book(service, 3)
    assert calendar.free_slots(service, TODAY, party=1) == [(TONIGHT, 5), (SEVEN, 5)]


def test_a_booking_that_ends_before_takes_nothing(service):
    book(service, 3)
    late = factories.SlotFactory(service=service, starts=dt.time(19, 30))
    slots = dict(calendar.free_slots(service, TODAY, party=1))
    assert slots[TONIGHT.replace(hour=19, minute=30)] == 8, late


def test_too_large_a_party_finds_no_slot(service):
    book(service, 6)
    assert calendar.free_slots(service, TODAY, party=3) == []


def test_services_of_one_resource_share_its_places(service):
    other = factories.ServiceFactory(resource=service.resource)
    factories.SlotFactory(service=other, starts=dt.time(18, 0))
    book(service, 6)
    assert calendar.free_slots(other, TODAY, party=1) == [(TONIGHT, 2)]


def test_it_is_too_late_within_the_lead_time(service):
    with time_machine.travel(TONIGHT - dt.timedelta(hours=1)):
        assert calendar.free_slots(service, TODAY, party=1) == []


def test_it_is_too_early_beyond_the_bookable_days(service):
    in_two_weeks = TODAY + dt.timedelta(days=14)
    in_three_weeks = TODAY + dt.timedelta(days=21)
    assert calendar.free_slots(service, in_two_weeks, party=1)
    assert calendar.free_slots(service, in_three_weeks, party=1) == []


def test_an_inactive_service_cannot_be_booked(service):
    service.active = False
    assert calendar.free_slots(service, TODAY, party=1) == []


def test_times_are_the_sites_whatever_the_readers_zone(service):
    with time_machine.travel(NOW), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.get_current_timezone", lambda: dt.UTC)
        assert calendar.free_slots(service, TODAY, party=1)[0][0] == TONIGHT


def test_free_days_name_the_days_with_a_place(service):
    book(service, 6)
    book(service, 2)
    week = dt.timedelta(days=7)
    assert calendar.free_days(service, party=1) == [TODAY + week, TODAY + 2 * week]


def test_a_month_of_days_costs_two_queries(service, django_assert_num_queries):
    book(service, 2)
    service.days_ahead = 60
    with django_assert_num_queries(2):
        calendar.free_days(service, party=1)
