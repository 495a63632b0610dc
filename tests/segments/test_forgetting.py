"""What is forgotten of old refreshes, and what the past of a segment rests on."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm_plugin import queue
from crm_plugin.models import SegmentRefresh
from crm_plugin.segments import forgetting, past
from tests import factories

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 20, 3, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _june(time_machine):
    time_machine.move_to(NOW, tick=False)


def told(segment, at, kind=SegmentRefresh.Kind.CHANGES, size=0):
    return SegmentRefresh.objects.create(segment=segment, kind=kind, at=at, size=size)


def every_tenth_day(segment, kind):
    """From the first of January on, the later the more members."""
    first = dt.datetime(2026, 1, 1, 3, tzinfo=dt.UTC)
    days = [first + dt.timedelta(days=10 * number) for number in range(17)]
    return [told(segment, at, kind, size=n) for n, at in enumerate(days, 1)]


def left(segment):
    rows = segment.refreshes.order_by("at").values_list("at", flat=True)
    return [at.strftime("%m-%d") for at in rows]


def test_changes_of_more_than_a_week_ago_are_told_by_their_month():
    segment, other = factories.SegmentFactory.create_batch(2)
    every_tenth_day(segment, SegmentRefresh.Kind.CHANGES)
    told(other, NOW - dt.timedelta(days=150))
    queue.run_due("segment-refreshes-purge")
    kept = ["01-01", "01-31", "02-20", "03-22", "04-21", "05-31", "06-10"]
    assert left(segment) == kept
    assert other.refreshes.count() == 1


def test_those_of_everybody_are_told_for_three_months():
    segment = factories.SegmentFactory()
    every_tenth_day(segment, SegmentRefresh.Kind.FULL)
    queue.run_due("segment-refreshes-purge")
    months = ["01-01", "01-31", "02-20", "03-12"]
    spring = ["03-22", "04-01", "04-11", "04-21", "05-01", "05-11", "05-21", "05-31"]
    assert left(segment) == [*months, *spring, "06-10"]


def test_since_when_and_how_many_is_told_as_before():
    segment = factories.SegmentFactory()
    every_tenth_day(segment, SegmentRefresh.Kind.CHANGES)
    before = past.first_day(segment), past.history(segment)
    queue.run_due("segment-refreshes-purge")
    assert (past.first_day(segment), past.history(segment)) == before
    assert [count.size for count in before[1]][-3:] == [9, 12, 16]


def test_a_turn_forgets_a_portion_in_two_statements(monkeypatch):
    monkeypatch.setattr(forgetting, "PURGED", 2)
    segment = factories.SegmentFactory()
    rows = every_tenth_day(segment, SegmentRefresh.Kind.CHANGES)
    with CaptureQueriesContext(connection) as asked:
        assert forgetting.forget_refreshes() is True
    assert len(asked) == 2
    assert segment.refreshes.count() == len(rows) - 2
