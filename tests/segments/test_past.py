"""Segments on past days: recorded by stays, recomputed before these."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm_plugin import models, queue, rules
from crm_plugin.segments import past, schemes
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = dt.datetime(2026, 6, 15, 12, tzinfo=TOKYO)
BOUGHT = {"measure": "count", "how": "at_least", "number": 1}
LATELY = [condition("purchases", **BOUGHT, when="last", days=30)]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def segment(clock):
    return factories.SegmentFactory(key="lately", name="Bought lately", rule=LATELY)


def bought(*days):
    contact = factories.ContactFactory()
    for day in days:
        at = dt.datetime.combine(day, dt.time(12), TOKYO)
        factories.PurchaseFactory(contact=contact, at=at, amount=1_000)
    contact.refresh_from_db()
    models.ContactFrequency.objects.create(
        contact=contact, first_at=dt.datetime.combine(days[0], dt.time(12), TOKYO)
    )
    return contact


def test_before_its_first_refresh_its_rule_is_asked_as_of_the_day(segment):
    march = bought(dt.date(2026, 3, 10))
    bought(dt.date(2026, 5, 10))
    found = past.contacts_on(segment, dt.date(2026, 3, 31))
    assert set(found) == {march.pk}
    assert not past.is_recorded(segment, dt.date(2026, 3, 31))


def test_from_its_first_refresh_on_its_stays_say_who_was_in_it(segment, clock):
    contact = bought(NOW.date())
    refresh(segment)
    clock.shift(dt.timedelta(days=40))
    refresh(segment)
    assert past.first_day(segment) == NOW.date()
    held = past.stays_on(segment, NOW.date() + dt.timedelta(days=3))
    assert [stay.contact_id for stay in held] == [contact.pk]
    assert not past.stays_on(segment, NOW.date() + dt.timedelta(days=40)).exists()


def test_a_stay_that_ended_during_a_day_is_no_longer_one_at_its_end(segment):
    midnight = dt.datetime(2026, 5, 2, tzinfo=TOKYO)
    second = dt.timedelta(seconds=1)
    for left_at in (midnight - second, midnight):
        factories.MembershipFactory(
            segment=segment,
            contact=factories.ContactFactory(),
            entered_at=midnight - dt.timedelta(days=9),
            left_at=left_at,
        )
    held = past.stays_on(segment, dt.date(2026, 5, 1))
    assert [stay.left_at for stay in held] == [midnight]


def test_the_ends_of_the_past_months_stop_before_the_month_that_runs():
    days = past.month_ends(3)
    assert days == [dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 31)]


def test_a_worker_fills_the_months_before_it_was_there(segment, owner):
    bought(dt.date(2026, 3, 10))
    bought(dt.date(2026, 3, 20), dt.date(2026, 4, 20))
    refresh(segment)
    work = past.start_history(segment, 12, by=owner)
    queue.run_due(past.WORK)
    work.refresh_from_db()
    assert (work.state, work.position) == ("done", 12)
    told = {count.on.month: count.size for count in past.history(segment, 12)}
    assert (told[2], told[3], told[4], told[5]) == (0, 2, 1, 0)
    assert all(count.recomputed for count in past.history(segment, 12))


def test_filling_twice_comes_to_the_same(segment):
    bought(dt.date(2026, 3, 10))
    day = dt.date(2026, 3, 31)
    assert past.fill(segment, day) == past.fill(segment, day) == 1
    assert segment.past_counts.count() == 1


def test_what_was_recorded_is_never_recomputed(segment, clock):
    bought(NOW.date())
    refresh(segment)
    clock.shift(dt.timedelta(days=40))
    models.Purchase.objects.all().delete()
    assert past.fill(segment, dt.date(2026, 6, 30)) is None
    told = past.history(segment, 2)
    assert [(count.on, count.size, count.recomputed) for count in told] == [
        (dt.date(2026, 6, 30), 1, False)
    ]


def test_a_month_without_a_refresh_has_the_size_of_the_month_before(segment, clock):
    bought(NOW.date())
    refresh(segment)
    clock.shift(dt.timedelta(days=92))
    assert [count.size for count in past.history(segment)] == [1, 1, 1]


def test_figures_of_an_earlier_rule_are_left_out(segment, clock):
    bought(dt.date(2026, 3, 10))
    past.fill(segment, dt.date(2026, 3, 31))
    assert len(past.history(segment)) == 3
    clock.shift(dt.timedelta(hours=1))
    segment.save_revision().publish()
    segment.refresh_from_db()
    assert past.history(segment) == []


def test_a_rule_that_asks_what_is_not_dated_is_to_blame(segment):
    segment.rule = [*LATELY, condition("owner", owner="nobody")]
    segment.save()
    (line,) = past.blamed(segment)
    assert line.text == "owner: nobody"
    assert line.past.why_not == "The owner of a contact is not dated."
    with pytest.raises(rules.Undated, match="owner: nobody: The owner of a contact"):
        past.contacts_on(segment, dt.date(2026, 3, 31))
    assert past.fill(segment, dt.date(2026, 3, 31)) is None


def test_a_class_of_a_scheme_leaves_out_whom_the_one_before_took_that_day(owner):
    much = {"measure": "sum", "how": "at_least", "number": 5_000}
    dear = [condition("purchases", **much, when="ever")]
    classes = [{"key": "dear", "name": "Dear", "rule": dear}]
    classes.append({"key": "late", "name": "Late", "rule": LATELY})
    schemes.create("kinds", "Kinds", classes=classes, by=owner)
    contact = bought(dt.date(2026, 3, 10))
    late = models.Segment.objects.get(key="late")
    assert set(past.contacts_on(late, dt.date(2026, 3, 31))) == {contact.pk}
    at = dt.datetime(2026, 3, 30, tzinfo=TOKYO)
    factories.PurchaseFactory(contact=contact, at=at, amount=9_000)
    assert set(past.contacts_on(late, dt.date(2026, 3, 29))) == {contact.pk}
    assert set(past.contacts_on(late, dt.date(2026, 3, 31))) == set()


def test_the_history_asks_as_much_for_many_members_as_for_few(
    segment, django_assert_max_num_queries
):
    for _number in range(5):
        bought(dt.date(2026, 3, 10))
    refresh(segment)
    past.fill(segment, dt.date(2026, 3, 31))
    with django_assert_max_num_queries(4):
        past.history(segment)


def test_a_month_is_one_query(segment, django_assert_max_num_queries):
    for _number in range(5):
        bought(dt.date(2026, 3, 10))
    with django_assert_max_num_queries(1):
        assert past.contacts_on(segment, dt.date(2026, 3, 31)).count() == 5


def test_a_worker_says_what_is_broken(segment):
    models.Segment.objects.filter(pk=segment.pk).update(rule=[])
    work = past.start_history(segment, 12)
    queue.run_due(past.WORK)
    work.refresh_from_db()
    assert work.result["problems"] == ["The rule is empty."]
