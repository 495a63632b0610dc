"""Random scores over a small world: the one statement equals a replay in plain Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin.models import ContactScore
from crm_plugin.scoring.refresh import refresh
from tests import factories
from tests.rules.replay import load
from tests.rules.test_against_replay import COMMON, LEAF, MOMENT, ONE, dated, placed
from tests.rules.world import build
from tests.scoring.replay import points

pytestmark = pytest.mark.django_db
COUNTED = {"how": "at_least", "number": ONE([0, 1, 2])}
EVENT = st.one_of(
    dated("pages_read", where=ONE(["any", "tag"]), tag="vegan", **COUNTED),
    dated("touchpoints", direction=ONE(["", "in"]), tag="", **COUNTED),
    dated("bookings", kind=ONE(["came", "cancelled"]), **COUNTED),
    dated("uses", category=ONE(["", "lunch"]), **COUNTED),
    dated("messages", kind="clicked", topic=ONE(["", "newsletter"]), **COUNTED),
    dated(
        "purchases", measure="count", category=ONE(["", "lunch"]), product="", **COUNTED
    ),
)
POINTS = st.integers(-20, 20)
# A score cannot ask for segments, whoever was put into one, nor for scores.
LATER = {"segment", "moved", "picked", "score"}
PLAIN = LEAF.filter(lambda node: node["type"] not in LATER)
ONCE = st.builds(lambda rule, n: factories.line(rule, points=n), PLAIN, POINTS)
EACH = st.builds(
    lambda rule, n, most, half_life: factories.line(
        rule, points=n, given="each", most=most, half_life=half_life
    ),
    EVENT,
    POINTS,
    ONE([None, 1, 2]),
    ONE([None, 1, 3, 7, 30, 90]),
)
LINES = st.lists(st.one_of(EACH, EACH, ONCE), min_size=1, max_size=4)


@pytest.fixture
def world(db):
    build()
    return load()


def agrees(world, lines, at):
    for row in lines:
        row["value"]["rule"] = placed(row["value"]["rule"])
    score = factories.ScoreFactory(lines=lines)
    refresh(score, at=at)
    rows = ContactScore.objects.filter(score=score)
    wanted = {contact.pk: points(lines, contact, at) for contact in world}
    held = {pk: number for pk, number in wanted.items() if number}
    assert dict(rows.values_list("contact_id", "value")) == held
    score.delete()


@settings(max_examples=40, **COMMON)
@given(lines=LINES, at=MOMENT)
def test_a_score_is_what_a_replay_reckons(world, lines, at):
    agrees(world, lines, at)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=300, **COMMON)
@given(lines=LINES, at=MOMENT)
def test_hundreds_of_scores_are_what_a_replay_reckons(world, lines, at):
    agrees(world, lines, at)
