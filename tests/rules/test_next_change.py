"""Where nothing happens, no answer differs before the moment that its rule named."""

import datetime as dt

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import queue, rules
from crm_plugin.contacts import changes
from crm_plugin.models import SegmentMembership
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories
from tests.rules.test_against_replay import COMMON, LEAF, LEAVES, ONE, placed
from tests.rules.world import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# From noon on nothing happens in the world; what it has planned lies up to a month ahead.
FIRST = ONE([NOON, NOON + 11 * HOUR, NOON + 12 * HOUR, NOON + 7 * DAY])
LATER = st.one_of(
    ONE([HOUR, 12 * HOUR, DAY, 8 * DAY, 40 * DAY, 400 * DAY]),
    st.integers(1, 24 * 60).map(lambda minutes: dt.timedelta(minutes=minutes)),
)


def stands_still(rule, first, later):
    """Everybody is asked twice: at *first*, and just before the answer may change."""
    rule = placed(rule)
    second, change = first + later, rules.next_change(rule, first)
    if change is not None:
        assert change > first
        second = min(second, change - dt.timedelta(microseconds=1))
    assert set(rules.compile_rule(rule, second)) == set(rules.compile_rule(rule, first))


@settings(max_examples=60, **COMMON)
@given(node=LEAF, first=FIRST, later=LATER)
def test_an_answer_stays_until_the_next_change(world, node, first, later):
    stands_still([node], first, later)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=20, **COMMON)
@given(data=st.data(), first=FIRST, later=LATER)
def test_the_answer_of_each_condition_stays_until_its_next_change(
    world, data, first, later
):
    for leaves in LEAVES:
        stands_still([data.draw(leaves)], first, later)


STANDING = [
    condition("bookings", kind="standing", how="at_least", number=1, when="ever")
]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_booking_is_no_longer_to_come_once_it_has_begun(when, contact):
    """Booked before everybody was refreshed, or after: the clock is asked in time."""
    coming = factories.SegmentFactory(key="coming", rule=STANDING)
    members = SegmentMembership.objects.filter(segment=coming, left_at=None).count
    with time_machine.travel(NOON, tick=False) as clock:
        acts = [
            lambda: refresh(coming),
            lambda: factories.BookingFactory(contact=contact, starts_at=NOON + HOUR),
        ]
        for act in acts if when == "after" else reversed(acts):
            act()
        changes.note([contact.pk], "bookings")
        changes.drain()
        assert members()
        clock.shift(HOUR - dt.timedelta(seconds=1))
        queue.run_due("segments")
        assert members()
        clock.shift(dt.timedelta(seconds=1))
        queue.run_due("segments")
        assert not members()


def test_points_for_a_booking_to_come_end_when_it_begins(contact):
    score = factories.ScoreFactory(lines=[factories.line(*STANDING)])
    with time_machine.travel(NOON, tick=False) as clock:
        factories.BookingFactory(contact=contact, starts_at=NOON + HOUR)
        changes.note([contact.pk], "bookings")
        changes.drain()
        assert score.values.exists()
        clock.shift(HOUR)
        queue.run_due("scores")
        assert not score.values.exists()
