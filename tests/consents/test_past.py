"""Consents as of past days: what stood then, of addresses still on a record."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from crm_plugin import rules
from crm_plugin.consents import ledger, rebuild
from crm_plugin.consents.past import points_then
from crm_plugin.models import Consent, Contact, ContactPoint, Topic
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.consents.test_property import START, Life

pytestmark = pytest.mark.django_db
MIDNIGHT = dt.datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Tokyo"))
FIRST, SECOND = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
INSTANT = dt.timedelta(microseconds=1)
STATES = Consent.State.values


class Quiet(Life):
    """A life without merges: these give to one what was said by another."""

    CHANCES = {
        verb: weight
        for verb, weight in Life.CHANCES.items()
        if verb not in (Life.merge, Life.undo)
    }


def told(at):
    """{(topic, state): points}, as the rules are told of *at*."""
    return {
        (topic.pk, state): points_then(topic, [state], at)
        for topic in Topic.objects.all()
        for state in STATES
    }


def sorted_out(standing):
    """The same of ``{(point, topic): state}``, of points that are still there."""
    there = set(ContactPoint.objects.values_list("pk", flat=True))
    found = {(pk, state): set() for pk, _key in topics() for state in STATES}
    for (point, topic), state in standing.items():
        found[topic, state] |= {point} & there
    return found


def topics():
    return Topic.objects.values_list("pk", "key")


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_what_stood_at_that_moment(seed, time_machine):
    time_machine.move_to(START, tick=False)
    life, stood = Quiet(seed, time_machine), {}
    for _part in range(8):
        life.live(20)
        rows = Consent.objects.values_list("point_id", "topic_id", "state")
        stood[START.now(dt.UTC)] = {row[:2]: row[2] for row in rows}
    assert len(set(Consent.objects.values_list("state", flat=True))) > 1
    for moment, standing in stood.items():
        assert told(moment) == sorted_out(standing)


@pytest.mark.parametrize("seed", [3, 4])
def test_it_is_the_ledger_gone_through_up_to_then_also_after_merges(seed, time_machine):
    time_machine.move_to(START, tick=False)
    life, moments = Life(seed, time_machine), []
    for _part in range(8):
        life.live(20)
        moments.append(START.now(dt.UTC))
    for moment in moments:
        said = rebuild.replay(until=moment)
        standing = {key: row.state for key, row in said.items()}
        assert told(moment) == sorted_out(standing)


@pytest.fixture
def point(time_machine):
    time_machine.move_to(MIDNIGHT - dt.timedelta(days=9), tick=False)
    return factories.PointFactory()


def chosen(state, day, **period):
    asked = condition("consent", topic="newsletter", state=state, channel="", **period)
    return set(rules.compile_as_of([asked], day))


@pytest.mark.parametrize(
    ("moment", "known"), [(MIDNIGHT - INSTANT, True), (MIDNIGHT, False)]
)
def test_a_yes_of_the_last_instant_of_a_day_is_one_of_that_day(
    point, time_machine, moment, known
):
    topic, person = factories.TopicFactory(), {point.contact_id}
    time_machine.move_to(moment, tick=False)
    ledger.confirm(point, topic)
    time_machine.move_to(MIDNIGHT + dt.timedelta(days=1), tick=False)
    ledger.withdraw(point, topic=topic, source="page")
    time_machine.move_to(MIDNIGHT + dt.timedelta(days=9), tick=False)
    assert chosen("granted", FIRST) == (person if known else set())
    assert chosen("none", FIRST) == (set() if known else person)
    assert chosen("granted", SECOND) == person
    assert chosen("withdrawn", SECOND) == set()
    assert chosen("withdrawn", SECOND + dt.timedelta(days=1)) == person


def test_since_when_a_past_day_held_is_asked_as_it_was_then(point, time_machine):
    """A yes that was repeated later was said once by that day."""
    topic, person = factories.TopicFactory(), {point.contact_id}
    lately = {"when": "last", "days": 3}
    ledger.confirm(point, topic)
    time_machine.move_to(MIDNIGHT + dt.timedelta(days=9), tick=False)
    ledger.confirm(point, topic)
    time_machine.move_to(MIDNIGHT + dt.timedelta(days=10), tick=False)
    first = (MIDNIGHT - dt.timedelta(days=9)).date()
    assert chosen("granted", first + dt.timedelta(days=3), **lately) == person
    assert chosen("granted", first + dt.timedelta(days=4), **lately) == set()
    assert chosen("granted", SECOND + dt.timedelta(days=9), **lately) == person


def test_an_address_that_was_taken_off_since_is_no_longer_known(point, time_machine):
    topic = factories.TopicFactory()
    ledger.confirm(point, topic)
    time_machine.move_to(MIDNIGHT, tick=False)
    assert chosen("granted", FIRST) == {point.contact_id}
    point.delete()
    assert chosen("granted", FIRST) == set()
    assert Contact.objects.count() == 1
    asked = [condition("consent", topic="newsletter", state="granted", channel="")]
    (line,) = rules.past_lines(asked)
    assert "still on the record" in line.past.source


def test_a_topic_that_is_gone_is_to_blame(db):
    asked = [condition("consent", topic="newsletter", state="granted", channel="")]
    (line,) = rules.past_lines(asked)
    assert line.why_not_on(FIRST) == "The topic “newsletter” is gone."
