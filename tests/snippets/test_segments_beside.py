"""What is wrong with a rule stands beside the line that it is about.

In a browser the same is looked at by the end-to-end tests of the segment editor.
"""

import datetime as dt

import pytest
from wagtail.users.models import UserProfile

from crm_plugin.models import Segment
from crm_plugin.segments.ready_made import condition, group
from tests import factories

from .rule_editor import beside, opened, typed

pytestmark = pytest.mark.django_db
PUBLISH = {"action-publish": "1"}
LATE = condition("late")
USES = condition("uses", how="none", when="ever")


def nested(levels, *lines):
    """Groups in groups; the lines stand in the innermost."""
    for _level in range(levels):
        lines = [group("any", *lines)]
    return lines[0]


def reads(key):
    return condition("segment", segment=key, state="in")


def points(low, high):
    limits = {"number": str(low), "number_to": str(high)}
    return condition("attribute", attribute="points", operator="between", **limits)


def between(first, last):
    days = {"from_on": dt.date(2026, first, 1), "to_on": dt.date(2026, last, 1)}
    return condition("last_use", when="dates", **days)


def used(how, number, days=365):
    return condition("uses", how=how, number=number, when="last", days=days)


def gone(name, field, **said):
    return pytest.param(
        [USES, group("any", condition(name, **{field: "gone"}, **said))],
        f"1.conditions.0.{field}",
        "is gone",
        id=f"{name} that is gone",
    )


DEEP = "0" + ".conditions.0" * 4
WRONG = [
    pytest.param([USES, group("any")], "1", "This group is empty", id="empty"),
    pytest.param(
        [group("all", USES, group("any"))], "0.conditions.1", "is empty", id="inner"
    ),
    pytest.param(
        [group("any", USES, points(9, 3))],
        "0.conditions.1",
        "must be the smaller one",
        id="reversed numbers",
    ),
    pytest.param(
        [group("any", USES, between(3, 2))],
        "0.conditions.1",
        "must be the earlier one",
        id="reversed dates",
    ),
    pytest.param(
        [USES, group("any", condition("last_use", when="last"))],
        "1.conditions.0.days",
        "Please fill this in",
        id="not filled in",
    ),
    gone("attribute", "attribute", operator="filled"),
    gone("uses", "category", how="none", when="ever"),
    gone("segment", "segment", state="in"),
    gone("owner", "owner"),
    gone("purchases", "product", how="none", when="ever"),
    pytest.param(
        [USES, group("any", USES, condition("shop_gone"))],
        "1.conditions.1",
        "“shop_gone” is gone",
        id="unknown",
    ),
    pytest.param([nested(5, USES)], DEEP, "make a segment", id="too deep"),
    pytest.param([nested(5, USES, LATE)], DEEP, "at most 4 deep", id="deep and long"),
    pytest.param(
        [USES, group("all", used("at_least", 3), used("at_most", 1))],
        "1",
        "never true together",
        id="contradiction",
    ),
    pytest.param(
        [used("at_least", 1, days=30), used("none", None)],
        "",
        "never true together",
        id="contradiction in days",
    ),
    pytest.param([LATE] * 101, "100", "at most 100 conditions", id="101"),
    pytest.param([LATE] * 200, "100", "at most 100 conditions", id="200"),
    pytest.param(
        [group("any", *[LATE] * 60), group("any", USES, *[LATE] * 60)],
        "1.conditions.40",
        "make a segment",
        id="120 in two groups",
    ),
]


@pytest.mark.parametrize(("rule", "way", "words"), WRONG)
def test_it_is_said_beside_the_line_and_what_was_typed_stays(
    known, post_back, rule, way, words
):
    segment = factories.SegmentFactory(rule=rule)
    editor, answer = post_back(segment, **PUBLISH)
    said = beside(answer)
    assert list(said) == [way]
    assert words.lower() in said[way].lower()
    assert typed(opened(answer).state) == typed(editor.state)
    assert opened(answer).state != []


@pytest.mark.parametrize("rule", [[nested(4, USES)], [LATE] * 100])
def test_as_much_as_may_be_is_published(post_back, rule):
    segment = factories.SegmentFactory(rule=rule)
    _editor, answer = post_back(segment, **PUBLISH)
    assert answer.status_code == 302


@pytest.mark.parametrize("rule", [[nested(5, USES)], [LATE] * 101])
def test_too_much_is_kept_in_a_draft(post_back, rule):
    segment = factories.SegmentFactory(rule=rule)
    editor, answer = post_back(segment)
    assert answer.status_code == 302
    again, _answer = post_back(Segment.objects.get(pk=segment.pk))
    assert typed(again.state) == typed(editor.state)


def test_no_group_is_offered_where_it_would_be_too_deep(post_back):
    editor, _answer = post_back(factories.SegmentFactory(rule=[USES]))
    hidden = [part.split("]")[0] for part in editor.blocks.split('"crmHidden"')[1:]]
    assert ['"group"' in names for names in hidden].count(True) == 1


class TestCircles:
    @pytest.fixture
    def segment(self):
        """One that another rests on."""
        factories.SegmentFactory(key="other", name="Other", rule=[reads("first")])
        return factories.SegmentFactory(key="first", name="First")

    def change(self, segment, *rule):
        segment.rule = list(rule)
        segment.save()
        return segment

    @pytest.mark.parametrize("publish", [{}, PUBLISH])
    def test_the_line_that_closes_it_is_named(self, post_back, segment, publish):
        factories.SegmentFactory(key="apart", name="Apart")
        lines = group("any", reads("apart"), reads("other"))
        self.change(segment, USES, lines)
        editor, answer = post_back(segment, **publish)
        text = "The segment would rest on itself, by way of: Other"
        assert beside(answer) == {"1.conditions.1": text}
        assert typed(opened(answer).state) == typed(editor.state)

    def test_so_is_each_of_several(self, post_back, segment):
        self.change(segment, reads("other"), reads("first"))
        _editor, answer = post_back(segment)
        assert set(beside(answer)) == {"0", "1"}


JAPANESE = [
    ([nested(5, USES)], DEEP, "グループの入れ子は4段までです"),
    ([LATE] * 101, "100", "条件は100個までです"),
    (
        [group("all", used("at_least", 3), used("at_most", 1))],
        "0",
        "同時に成り立ちません",
    ),
]


@pytest.mark.parametrize(("rule", "way", "words"), JAPANESE)
def test_it_is_said_in_japanese(owner, post_back, rule, way, words):
    UserProfile.objects.create(user=owner, preferred_language="ja")
    segment = factories.SegmentFactory(rule=rule)
    _editor, answer = post_back(segment, **PUBLISH)
    assert words in beside(answer)[way]
