"""Scores on past days: their lines asked as of the day equal a replay of a cut world."""

import datetime as dt
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.rules import replay
from tests.rules.past import PAST_MEANINGS, end_of, present
from tests.rules.test_against_replay import COMMON, ONE, placed
from tests.rules.test_as_of import DATED_LEAF, DAY
from tests.rules.world import NOON, build
from tests.scoring.replay import points
from tests.scoring.test_against_replay import EACH, LINES, POINTS

pytestmark = pytest.mark.django_db
LATER = {"segment", "moved"}
ONCE = st.builds(
    lambda rule, number: factories.line(rule, points=number),
    DATED_LEAF.filter(lambda node: node["type"] not in LATER),
    POINTS,
)
DATED = st.lists(st.one_of(EACH, EACH, ONCE), min_size=1, max_size=3)
NUMBER = ONE([-20, -1, 0, 1, 5, 20])
ASKED = st.one_of(
    st.fixed_dictionaries({"how": ONE(["at_least", "at_most"]), "number": NUMBER}),
    st.fixed_dictionaries(
        {"how": st.just("between"), "number": NUMBER, "number_to": ONE([20, 40])}
    ),
    st.fixed_dictionaries({"how": st.just("top"), "percent": ONE([1, 20, 50, 99])}),
)


@pytest.fixture
def world(db, settings):
    settings.CRM_BEHAVIOUR_DAYS = 3_000
    build()
    with (
        time_machine.travel(NOON + dt.timedelta(days=1), tick=False),
        mock.patch.dict(replay.MEANINGS, PAST_MEANINGS),
    ):
        yield replay.load(archived=True)


def agrees(world, lines, asked, day):
    for row in lines:
        row["value"]["rule"] = placed(row["value"]["rule"])
    score = factories.ScoreFactory(lines=lines)
    rule = [condition("score", score=score.key, **asked)]
    said = [rules.past_lines(row["value"]["rule"]) for row in lines]
    if any(line.why_not_on(day) for several in said for line in several):
        with pytest.raises(rules.Undated, match="A line of|known only since"):
            rules.compile_as_of(rule, day)
    else:
        at = end_of(day)
        people = present(world, at)
        held = {person.pk: points(lines, person, at) for person in people}
        assert set(rules.compile_as_of(rule, day)) == fitting(held, asked)
    score.delete()


def fitting(held, asked):
    if asked["how"] == "top":
        best = sorted((n for n in held.values() if n > 0), reverse=True)
        number = -(-len(best) * asked["percent"] // 100)
        return {pk for pk, n in held.items() if best and n >= best[number - 1]}
    least, most = asked["number"], asked.get("number_to")
    fits = {
        "at_least": lambda number: number >= least,
        "at_most": lambda number: number <= least,
        "between": lambda number: least <= number <= most,
    }[asked["how"]]
    return {pk for pk, number in held.items() if fits(number)}


@settings(max_examples=20, **COMMON)
@given(lines=DATED, asked=ASKED, day=DAY)
def test_a_score_as_of_a_day_is_what_a_replay_of_that_day_reckons(
    world, lines, asked, day
):
    agrees(world, lines, asked, day)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=300, **COMMON)
@given(lines=st.one_of(DATED, DATED, LINES), asked=ASKED, day=DAY)
def test_hundreds_of_scores_as_of_days_are_what_a_replay_reckons(
    world, lines, asked, day
):
    agrees(world, lines, asked, day)


def test_what_is_left_of_an_event_is_reckoned_from_the_day_that_is_asked_about(db):
    tokyo = ZoneInfo("Asia/Tokyo")
    midnight = dt.datetime(2026, 3, 2, tzinfo=tokyo)
    before, after = factories.ContactFactory.create_batch(2)
    models.Contact.objects.update(created_at=midnight - dt.timedelta(days=90))
    second = dt.timedelta(seconds=1)
    for contact, at in ((before, midnight - second), (after, midnight)):
        factories.TouchpointFactory(contact=contact, at=at, direction="in")
    called = condition("touchpoints", when="ever", how="at_least", number=1)
    line = factories.line(called, points=10, given="each", half_life=30)
    score = factories.ScoreFactory(lines=[line])
    rule = [condition("score", score=score.key, how="at_least", number=10)]
    less = [condition("score", score=score.key, how="between", number=5, number_to=9)]
    first = dt.date(2026, 3, 1)
    assert set(rules.compile_as_of(rule, first)) == {before.pk}
    eighth = first + dt.timedelta(days=8)
    assert set(rules.compile_as_of(rule, eighth)) == {after.pk}
    assert set(rules.compile_as_of(less, eighth)) == {before.pk}
    assert rules.past_lines(rule)[0].past.source == f"the lines of “{score}”"


def test_a_line_about_what_is_only_kept_as_it_is_now_is_named(db):
    score = factories.ScoreFactory(
        lines=[factories.line(condition("language", languages=["ja"]))]
    )
    rule = [condition("score", score=score.key, how="at_least", number=1)]
    with pytest.raises(rules.Undated, match="A line of .* only as it is now"):
        rules.compile_as_of(rule, dt.date(2026, 3, 1))
