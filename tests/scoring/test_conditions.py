"""Rules about points: at least, at most, between, the top; and what a line may ask."""

import pytest

from crm_plugin import models, rules
from crm_plugin.scoring import refresh
from crm_plugin.scoring.lines import said
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.factories import line

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    """``{points: contact id}``: one each with −5, 0, 10, 20 and 30 points."""
    score = factories.ScoreFactory(key="warmth", name="Warmth")
    held = {number: factories.ContactFactory().pk for number in (-5, 0, 10, 20, 30)}
    models.ContactScore.objects.bulk_create(
        models.ContactScore(score=score, contact_id=pk, value=number)
        for number, pk in held.items()
        if number
    )
    return held


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ({"how": "at_least", "number": 10}, {10, 20, 30}),
        ({"how": "at_least", "number": 0}, {0, 10, 20, 30}),
        ({"how": "at_least", "number": -5}, {-5, 0, 10, 20, 30}),
        ({"how": "at_most", "number": 10}, {-5, 0, 10}),
        ({"how": "at_most", "number": -1}, {-5}),
        ({"how": "between", "number": 10, "number_to": 20}, {10, 20}),
        ({"how": "between", "number": -9, "number_to": 0}, {-5, 0}),
        ({"how": "top", "percent": 30}, {30}),
        ({"how": "top", "percent": 50}, {20, 30}),
    ],
)
def test_it_chooses_by_points_and_who_has_no_row_has_none(people, value, points):
    rule = [condition("score", score="warmth", **value)]
    assert rules.problems(rule) == []
    assert set(rules.compile_rule(rule)) == {people[number] for number in points}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"how": "at_least", "number": 10}, "at least 10 points in “Warmth”"),
        ({"how": "at_most", "number": 10}, "at most 10 points in “Warmth”"),
        (
            {"how": "between", "number": 10, "number_to": 20},
            "10 to 20 points in “Warmth”",
        ),
        ({"how": "top", "percent": 20}, "top 20 % by points in “Warmth”"),
    ],
)
def test_it_is_said_in_words(people, value, said):
    rule = [condition("score", score="warmth", **value)]
    assert rules.sentence(rule) == f"People with {said}"


def test_an_explanation_names_the_points_that_decided(people):
    rule = [condition("score", score="warmth", how="at_least", number=15)]
    told = rules.explain(rule, people[20])
    assert (told.holds, told.lines[1].fact) == (True, "20 points")
    assert rules.explain(rule, people[0]).lines[1].fact == "0 points"


@pytest.mark.parametrize(
    ("points", "words"),
    [(1, "+1 point"), (-1, "−1 point"), (1.5, "+1.5 points"), (0, "0 points")],
)
def test_points_are_said_with_their_sign(points, words):
    assert said(points) == words


def test_limits_that_nobody_can_meet_together_are_named(people):
    rule = [
        condition("score", score="warmth", how="at_least", number=30),
        condition("score", score="warmth", how="at_most", number=10),
    ]
    assert "never true" in rules.problems(rule)[0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"active": False}, "is switched off"), ({"key": "other"}, "is gone")],
)
def test_a_score_that_is_gone_or_off_breaks_the_rule(people, owner, change, problem):
    models.Score.objects.update(**change)
    rule = [condition("score", score="warmth", how="at_least", number=15)]
    with pytest.raises(rules.BrokenRule, match=problem):
        rules.compile_rule(rule)
    if models.Score.objects.filter(key="warmth").exists():
        assert problem in rules.problems(rule, owner)[0]


LATER = [
    condition("segment", segment="inner", state="in"),
    condition("picked", segment="inner"),
    condition("score", score="warmth", how="at_least", number=1),
]


@pytest.mark.parametrize("asked", LATER, ids=["segment", "picked", "score"])
def test_a_line_cannot_ask_for_what_segments_and_scores_tell(people, asked):
    inner = factories.SegmentFactory(key="inner")
    inner.rule = [condition("picked", segment="inner")]
    inner.save()
    english = condition("language", languages=["en"])
    score = factories.ScoreFactory(lines=[line(english, asked)])
    score.refresh_from_db()
    assert "A score cannot ask for this" in score.read_lines[0].problems()[0]
    with pytest.raises(rules.BrokenRule, match="A score cannot ask for this"):
        refresh.refresh(score)


@pytest.mark.parametrize(
    "asked",
    [
        condition("language", languages=["en"]),
        condition("uses", how="at_most", number=1, when="ever"),
        condition("purchases", measure="sum", how="at_least", number=1, when="ever"),
    ],
    ids=["no events", "at most", "a sum"],
)
def test_points_for_each_time_need_something_that_counts(db, asked):
    score = factories.ScoreFactory(lines=[line(asked, given="each")])
    assert "one single condition" in score.read_lines[0].problems()[0]


def test_two_conditions_give_no_points_for_each_time(db):
    read = condition("pages_read", where="any", when="ever")
    score = factories.ScoreFactory(lines=[line(read, read, given="each")])
    assert "one single condition" in score.read_lines[0].problems()[0]


def test_a_line_is_said_in_words(db):
    read = condition("pages_read", where="any", when="last", days=90)
    score = factories.ScoreFactory(
        lines=[line(read, points=2, given="each", most=10, half_life=30), line(read)]
    )
    pages = "at least 1 page read in the last 90 days"
    assert [each.sentence for each in score.read_lines] == [
        f"+2 points for each: {pages}, at most 10 times, half as much after 30 days",
        f"+5 points: {pages}",
    ]
