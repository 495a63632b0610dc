"""When something starts: hours and steps, special days, holidays, changing clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from crm_plugin.bookings import calendar, holidays, moments, slots
from crm_plugin.bookings.models import (
    HOLIDAY,
    OpeningHours,
    Resource,
    Service,
    SpecialDays,
)
from tests import factories

from .conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WEDNESDAY = NOW.date()
CONSTITUTION_DAY = dt.date(2026, 5, 3)  # a Sunday; Wednesday the 6th is its substitute
SUBSTITUTE = dt.date(2026, 5, 6)
SKIPPED = dt.date(2026, 3, 29)  # Berlin, 2:00 → 3:00
REPEATED = dt.date(2026, 10, 25)  # Berlin, 3:00 → 2:00


@pytest.fixture
def room(db):
    """Open on Wednesdays for lunch and dinner."""
    room = factories.ResourceFactory(places=10)
    factories.HoursFactory(resource=room, opens=dt.time(11), closes=dt.time(14))
    factories.HoursFactory(resource=room, opens=dt.time(18), closes=dt.time(21))
    return room


def serve(room, **said):
    said = {"duration_minutes": 60, "step_minutes": 30, **said}
    return factories.ServiceFactory(rooms=[room], **said)


def times(service, day=WEDNESDAY):
    service = Service.objects.with_plan().get(pk=service.pk)
    zone = moments.zone()
    found = [slot.starts_at.astimezone(zone) for slot in slots.slots(service, day)]
    return [f"{at:%H:%M}" for at in found]


def test_a_step_runs_through_each_interval_and_the_stay_must_fit(room):
    lunch = ["11:00", "11:30", "12:00", "12:30", "13:00"]
    dinner = ["18:00", "18:30", "19:00", "19:30", "20:00"]
    assert times(serve(room)) == lunch + dinner


def test_a_longer_stay_ends_earlier(room):
    found = times(serve(room, duration_minutes=120, step_minutes=60))
    assert found == ["11:00", "12:00", "18:00", "19:00"]


def test_on_a_day_without_hours_nothing_starts(room):
    assert times(serve(room), WEDNESDAY + dt.timedelta(days=1)) == []


def test_fixed_times_stand_as_far_as_it_is_open(room):
    service = serve(room, step_minutes=None)
    for hour in (10, 11, 13, 19, 21):
        factories.SlotFactory(service=service, starts=dt.time(hour))
    assert times(service) == ["11:00", "13:00", "19:00"]


def test_fixed_times_stand_alone_where_no_hours_are_planned():
    service = serve(factories.ResourceFactory(), step_minutes=None)
    factories.SlotFactory(service=service, starts=dt.time(10))
    assert times(service) == ["10:00"]


def test_closing_after_midnight_belongs_to_the_evening():
    bar = factories.ResourceFactory()
    factories.HoursFactory(resource=bar, opens=dt.time(22), closes=dt.time(2))
    service = serve(bar, step_minutes=60)
    found = slots.slots(Service.objects.with_plan().get(), WEDNESDAY)
    assert times(service) == ["22:00", "23:00", "00:00", "01:00"]
    assert moments.day_of(found[-1].starts_at) == WEDNESDAY + dt.timedelta(days=1)
    assert slots.find(service, found[-1].starts_at).resources == (bar,)


class TestSpecialDays:
    def special(self, room, first, last=None, opens=None, closes=None, **said):
        return factories.SpecialDaysFactory(
            resource=room,
            first_on=first,
            last_on=last,
            opens=opens,
            closes=closes,
            **said,
        )

    def test_a_closed_day_offers_nothing(self, room):
        self.special(room, WEDNESDAY)
        assert times(serve(room)) == []

    def test_a_range_closes_every_day_of_it_and_no_other(self, room):
        week = dt.timedelta(days=7)
        self.special(room, WEDNESDAY - week, WEDNESDAY)
        service = serve(room)
        assert times(service) == []
        assert times(service, WEDNESDAY - week) == []
        assert times(service, WEDNESDAY + week)

    def test_special_hours_replace_the_plan(self, room):
        self.special(room, WEDNESDAY, opens=dt.time(15), closes=dt.time(17))
        assert times(serve(room)) == ["15:00", "15:30", "16:00"]

    def test_a_day_may_have_several_special_intervals(self, room):
        for hour in (9, 15):
            self.special(room, WEDNESDAY, opens=dt.time(hour), closes=dt.time(hour + 1))
        assert times(serve(room)) == ["09:00", "15:00"]

    def test_they_open_a_day_that_is_closed_otherwise(self, room):
        monday = dt.date(2026, 5, 25)
        self.special(room, monday, opens=dt.time(11), closes=dt.time(12))
        assert times(serve(room), monday) == ["11:00"]

    def test_the_shorter_of_two_stretches_decides(self, room):
        days = dt.timedelta(days=3)
        self.special(room, WEDNESDAY - days, WEDNESDAY + days)
        self.special(room, WEDNESDAY, opens=dt.time(12), closes=dt.time(13))
        assert times(serve(room)) == ["12:00"]

    @pytest.mark.parametrize(
        "said",
        [
            {"last_on": WEDNESDAY - dt.timedelta(days=1)},
            {"opens": dt.time(9)},
            {"closes": dt.time(9)},
            {"opens": dt.time(9, 10), "closes": dt.time(10)},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, room, said):
        row = SpecialDays(resource=room, first_on=WEDNESDAY, **said)
        with pytest.raises(ValidationError):
            row.full_clean()


class TestHolidays:
    @pytest.mark.parametrize(
        ("day", "name"),
        [
            (dt.date(2026, 1, 1), "元日"),
            (dt.date(2026, 9, 22), "国民の休日"),
            (SUBSTITUTE, "憲法記念日 振替休日"),
            (WEDNESDAY, ""),
        ],
    )
    def test_the_public_holidays_are_japans(self, day, name):
        assert holidays.name_of(day) == name

    def test_as_usual_unless_the_room_says_otherwise(self, room):
        assert times(serve(room), SUBSTITUTE)

    def test_a_room_may_be_closed_on_them(self, room):
        room.holidays = Resource.Holidays.CLOSED
        room.save()
        assert times(serve(room), SUBSTITUTE) == []

    def test_a_room_may_have_hours_of_its_own_on_them(self, room):
        room.holidays = Resource.Holidays.OWN
        room.save()
        factories.HoursFactory(
            resource=room, weekday=HOLIDAY, opens=dt.time(12), closes=dt.time(13)
        )
        service = serve(room)
        assert times(service, SUBSTITUTE) == ["12:00"]
        assert len(times(service)) == 10

    def test_fixed_times_may_be_others_on_them(self, room):
        room.holidays = Resource.Holidays.OWN
        room.save()
        room.hours.all().delete()
        service = serve(room, step_minutes=None)
        factories.SlotFactory(service=service, starts=dt.time(18))
        factories.SlotFactory(service=service, weekday=HOLIDAY, starts=dt.time(12))
        assert times(service) == ["18:00"]
        assert times(service, SUBSTITUTE) == ["12:00"]

    def test_special_days_decide_before_holidays(self, room):
        room.holidays = Resource.Holidays.CLOSED
        room.save()
        factories.SpecialDaysFactory(
            resource=room,
            first_on=SUBSTITUTE,
            opens=dt.time(10),
            closes=dt.time(11),
        )
        assert times(serve(room), SUBSTITUTE) == ["10:00"]

    def test_a_site_may_keep_other_holidays(self, room, settings):
        room.holidays = Resource.Holidays.CLOSED
        room.save()
        settings.CRM_HOLIDAYS = "tests.bookings.test_slots.every_wednesday"
        assert times(serve(room)) == []
        settings.CRM_HOLIDAYS = ""
        assert times(serve(room), SUBSTITUTE)


def every_wednesday(day):
    return "Wednesday" if day.weekday() == 2 else ""


class TestChangingClocks:
    """A sauna that never closes, in Berlin and New York."""

    @pytest.fixture
    def sauna(self, settings):
        room = factories.ResourceFactory()
        for weekday in range(7):
            factories.HoursFactory(
                resource=room, weekday=weekday, opens=dt.time(0), closes=dt.time(0)
            )
        return serve(room, duration_minutes=30)

    @pytest.mark.parametrize(
        ("zone", "skipped", "repeated", "hour"),
        [
            ("Europe/Berlin", SKIPPED, REPEATED, 2),
            ("America/New_York", dt.date(2026, 3, 8), dt.date(2026, 11, 1), None),
        ],
    )
    def test_the_skipped_hour_offers_no_slot(
        self, sauna, settings, zone, skipped, repeated, hour
    ):
        settings.TIME_ZONE = zone
        found = times(sauna, skipped)
        assert len(found) == 46
        assert not {"02:00", "02:30"} & set(found)
        assert {"01:30", "03:00"} <= set(found)

    @pytest.mark.parametrize(
        ("zone", "day", "twice"),
        [
            ("Europe/Berlin", REPEATED, "02:30"),
            ("America/New_York", dt.date(2026, 11, 1), "01:30"),
        ],
    )
    def test_the_repeated_hour_offers_each_instant_once(
        self, sauna, settings, zone, day, twice
    ):
        settings.TIME_ZONE = zone
        service = Service.objects.with_plan().get()
        found = [slot.starts_at for slot in slots.slots(service, day)]
        assert len(found) == len(set(found)) == 50
        assert times(sauna, day).count(twice) == 2
        steps = {b - a for a, b in zip(found, found[1:], strict=False)}
        assert steps == {dt.timedelta(minutes=30)}

    def test_the_two_say_which_one_they_are(self, sauna, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        first = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
        assert moments.time_words(first) == "02:30 (CEST)"
        assert moments.time_words(first + dt.timedelta(hours=1)) == "02:30 (CET)"
        assert moments.time_words(first + dt.timedelta(hours=2)) == "03:30"

    def test_a_stay_across_the_change_is_as_long_as_any(self, sauna, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        at = dt.datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        covered = moments.ticks(at, dt.timedelta(minutes=60))
        local = [moment.astimezone(moments.zone()) for moment in covered]
        assert [f"{at:%H:%M}" for at in local] == ["01:30", "01:45", "03:00", "03:15"]

    def test_a_fixed_time_in_the_skipped_hour_is_not_offered(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        service = serve(factories.ResourceFactory(), step_minutes=None)
        factories.SlotFactory(service=service, weekday=6, starts=dt.time(2, 30))
        assert times(service, SKIPPED) == []
        assert times(service, SKIPPED + dt.timedelta(days=7)) == ["02:30"]

    def test_opening_in_the_skipped_hour_opens_when_the_clock_goes_on(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        room = factories.ResourceFactory()
        factories.HoursFactory(
            resource=room, weekday=6, opens=dt.time(2), closes=dt.time(5)
        )
        assert times(serve(room, step_minutes=60), SKIPPED) == ["03:00", "04:00"]

    def test_a_wall_time_that_is_skipped_is_no_moment(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        assert moments.parse("2026-03-29T02:30") is None
        assert moments.skipped("2026-03-29T02:30")
        assert not moments.skipped("2026-03-29T03:30")


def test_hours_stand_on_quarters():
    hours = OpeningHours(weekday=1, opens=dt.time(9, 10), closes=dt.time(10))
    with pytest.raises(ValidationError) as refused:
        hours.full_clean(exclude=["resource"])
    assert "quarter" in str(refused.value)


@pytest.mark.parametrize(
    "said",
    [
        {"duration_minutes": 50},
        {"duration_minutes": 0},
        {"buffer_minutes": 10},
        {"step_minutes": 20},
        {"min_party": 9, "max_party": 4},
        {"price": -1},
        {"capacity": 0},
    ],
)
def test_a_service_that_makes_no_sense_is_refused(said):
    service = Service(key="x", name="X", **said)
    with pytest.raises(ValidationError):
        service.full_clean()


def test_the_picture_of_a_year_is_one_query(room, django_assert_num_queries):
    service = serve(room, days_ahead=365)
    service = Service.objects.with_plan().get(pk=service.pk)
    with django_assert_num_queries(1):
        assert len(calendar.free_days(service)) > 50
