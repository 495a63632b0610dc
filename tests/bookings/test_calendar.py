import datetime as dt

import pytest
import time_machine

from crm_plugin.bookings import calendar, reserve
from crm_plugin.bookings.models import Service
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


def fresh(service):
    """The service as another request finds it, with the plan of now."""
    return Service.objects.with_plan().get(pk=service.pk)


def free(service, party, day=TODAY):
    found = calendar.free_slots(service, day, party=party)
    return [(offer.starts_at, offer.left) for offer in found]


def test_the_weekly_plan_gives_the_start_times_of_a_day(service):
    assert free(service, 2) == [(TONIGHT, 8), (SEVEN, 8)]


def test_a_day_without_slots_is_empty(service):
    tomorrow = TODAY + dt.timedelta(days=1)
    assert free(service, 2, tomorrow) == []


def test_a_booking_takes_places_for_its_whole_stay(service):
    book(service, 3)
    assert free(service, 1) == [(TONIGHT, 5), (SEVEN, 5)]


def test_a_booking_that_ends_before_takes_nothing(service):
    book(service, 3)
    factories.SlotFactory(service=service, starts=dt.time(19, 30))
    slots = dict(free(fresh(service), 1))
    assert slots[TONIGHT.replace(hour=19, minute=30)] == 8


def test_too_large_a_party_finds_no_slot(service):
    book(service, 6)
    assert free(service, 3) == []


def test_services_of_one_resource_share_its_places(service):
    other = factories.ServiceFactory(rooms=service.resources.all())
    factories.SlotFactory(service=other, starts=dt.time(18, 0))
    book(service, 6)
    assert free(other, 1) == [(TONIGHT, 2)]


def test_it_is_too_late_within_the_lead_time(service):
    with time_machine.travel(TONIGHT - dt.timedelta(hours=1)):
        assert free(service, 1) == []


def test_it_is_too_early_beyond_the_bookable_days(service):
    in_two_weeks = TODAY + dt.timedelta(days=14)
    in_three_weeks = TODAY + dt.timedelta(days=21)
    assert free(service, 1, in_two_weeks)
    assert free(service, 1, in_three_weeks) == []


def test_an_inactive_service_cannot_be_booked(service):
    service.active = False
    assert free(service, 1) == []


def test_times_are_the_sites_whatever_the_readers_zone(service):
    with time_machine.travel(NOW), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.get_current_timezone", lambda: dt.UTC)
        assert free(service, 1)[0][0] == TONIGHT


def test_free_days_name_the_days_with_a_place(service):
    book(service, 6)
    book(service, 2)
    week = dt.timedelta(days=7)
    assert calendar.free_days(service, party=1) == [TODAY + week, TODAY + 2 * week]


def test_two_months_of_days_cost_five_queries(service, django_assert_num_queries):
    book(service, 2)
    Service.objects.update(days_ahead=60)
    service = Service.objects.get()
    with django_assert_num_queries(5):
        calendar.free_days(service, party=1)
