"""Rules about stays in other segments: now, at some time, entered, left."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from crm_plugin import rules
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=TOKYO)
MIDNIGHT = dt.datetime(2026, 2, 20, tzinfo=TOKYO)
FEBRUARY = {
    "when": "dates",
    "from_on": dt.date(2026, 2, 20),
    "to_on": dt.date(2026, 2, 25),
}
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def segment(db):
    return factories.SegmentFactory(key="inner", name="Inner circle")


def stay(segment, entered_at, left_at=None, contact=None):
    contact = contact or factories.ContactFactory()
    return factories.MembershipFactory(
        segment=segment, contact=contact, entered_at=entered_at, left_at=left_at
    ).contact_id


def chosen(state, **value):
    rule = [condition("segment", segment="inner", state=state, **value)]
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule, NOON))


def test_who_was_a_member_at_some_moment_of_these_days(segment):
    through = stay(segment, MIDNIGHT - dt.timedelta(days=9))
    touches = stay(segment, MIDNIGHT - SECOND, MIDNIGHT + SECOND)
    inside = stay(segment, MIDNIGHT + SECOND, MIDNIGHT + 2 * SECOND)
    last = stay(segment, MIDNIGHT + dt.timedelta(days=6) - SECOND)
    stay(segment, MIDNIGHT - SECOND, MIDNIGHT)
    stay(segment, MIDNIGHT + dt.timedelta(days=6))
    assert chosen("was", **FEBRUARY) == {through, touches, inside, last}


def test_who_entered_and_who_left_within_days(segment):
    new = stay(segment, NOON - dt.timedelta(days=3))
    gone = stay(segment, NOON - dt.timedelta(days=60), NOON - dt.timedelta(days=3))
    assert chosen("entered", when="last", days=7) == {new}
    assert chosen("left", when="last", days=7) == {gone}
    assert chosen("was", when="ever") == {new, gone}
    assert chosen("in") == {new}


def test_who_came_back_entered_again(segment):
    contact = factories.ContactFactory()
    stay(segment, NOON - dt.timedelta(days=60), NOON - dt.timedelta(days=50), contact)
    stay(segment, NOON - dt.timedelta(days=2), contact=contact)
    assert chosen("entered", when="last", days=7) == {contact.pk}
    assert chosen("entered", when="before", days=30) == {contact.pk}


def test_it_reads_as_a_sentence_and_moves_with_the_days(segment):
    rule = [
        condition("segment", segment="inner", state="entered", when="last", days=30)
    ]
    assert rules.sentence(rule) == (
        "People with an entry into segment “Inner circle” in the last 30 days"
    )
    assert rules.next_change(rule, NOON) is not None
    assert rules.next_change([condition("segment", segment="inner")], NOON) is None
    assert rules.segments_read(rule) == {"inner"}
