"""Two conditions that are named as never true together choose nobody, ever."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import rules
from crm_plugin.rules.contradictions import contradictions
from crm_plugin.rules.periods import FIELDS
from crm_plugin.segments.ready_made import condition, group
from tests import factories
from tests.rules.replay import load, replay
from tests.rules.test_against_replay import COMMON, LEAVES, ONE, placed
from tests.rules.world import NOON, build

pytestmark = pytest.mark.django_db
YEAR = {"when": "last", "days": 365}
MONTH = {"when": "last", "days": 30}
ONCE = {"how": "at_least", "number": 1}
NEVER = {"how": "none"}


def at_least(number, **said):
    return {"how": "at_least", "number": number, **said}


def at_most(number, **said):
    return {"how": "at_most", "number": number, **said}


def exactly(number, **said):
    return {"how": "exactly", "number": number, **said}


def apart(name, one, other):
    """What is said against both conditions in one group."""
    rule = [condition(name, **one), condition(name, **other)]
    return [text for text in rules.problems(rule) if "never true together" in text]


COUNTED = [
    ("uses", {"category": ""}),
    ("touchpoints", {"kind": "call", "channel": "phone", "direction": "in"}),
    ("pages_read", {"where": "tag", "tag": "vegan"}),
    ("site_searches", {"words": "gift"}),
    ("messages", {"kind": "clicked"}),
    ("closed_deals", {"outcome": "won", "roles": ["main", "decides"]}),
    ("bookings", {"kind": "came"}),
    ("sent_form", {"trust": "sent"}),
    ("introductions", {"kind": "brought"}),
    ("purchases", {"measure": "count", "channel": "web"}),
]


@pytest.mark.parametrize(("name", "said"), COUNTED)
class TestCounts:
    def test_more_at_least_than_at_most_is_named(self, name, said):
        found = apart(
            name, {**said, **at_least(3, **MONTH)}, {**said, **at_most(1, **MONTH)}
        )
        assert len(found) == 1

    def test_none_and_one_are_apart(self, name, said):
        assert apart(name, {**said, **ONCE, **MONTH}, {**said, **NEVER, **MONTH})

    def test_what_fits_is_fine(self, name, said):
        both = {**said, **at_least(1, **MONTH)}, {**said, **at_most(1, **MONTH)}
        assert apart(name, *both) == []

    def test_one_in_a_month_and_none_in_the_year_around_it_are_apart(self, name, said):
        assert apart(name, {**said, **ONCE, **MONTH}, {**said, **NEVER, **YEAR})
        assert apart(name, {**said, **ONCE, **YEAR}, {**said, **NEVER, **MONTH}) == []

    def test_what_happens_in_days_happened_at_any_time(self, name, said):
        ever = {"when": "ever"}
        assert apart(name, {**said, **ONCE, **MONTH}, {**said, **NEVER, **ever})
        assert apart(name, {**said, **ONCE, **ever}, {**said, **NEVER, **MONTH}) == []


def test_exactly_is_both_a_least_and_a_most():
    assert apart("uses", exactly(2, **YEAR), exactly(3, **YEAR))
    assert apart("uses", exactly(2, **YEAR), at_least(3, **YEAR))
    assert apart("uses", exactly(2, **YEAR), at_most(2, **YEAR)) == []


def test_of_another_sort_it_is_another_number():
    factories.CategoryFactory(key="lunch")
    lunch = {"category": "lunch"}
    assert apart("uses", at_least(3, **YEAR), at_most(1, **YEAR, **lunch)) == []
    assert apart("uses", at_least(3, **YEAR, **lunch), at_most(1, **YEAR, **lunch))


def test_days_that_move_are_not_compared_with_two_dates():
    """In a year they have moved out of them."""
    dates = {"when": "dates", "from_on": dt.date(2020, 1, 1)}
    assert apart("uses", {**ONCE, **MONTH}, {**NEVER, **dates}) == []
    later = {**dates, "from_on": dt.date(2021, 1, 1)}
    assert apart("uses", {**ONCE, **later}, {**NEVER, **dates})


def test_days_that_move_reach_two_dates_to_come_but_none_of_the_past(time_machine):
    time_machine.move_to(NOON)
    to_come, gone = (
        {"when": "dates", "from_on": first, "to_on": first + dt.timedelta(days=30)}
        for first in (dt.date(2030, 5, 1), dt.date(2020, 5, 1))
    )
    assert not apart("last_use", MONTH, to_come)
    assert apart("last_use", MONTH, gone)


def test_which_number_is_ticked_first_does_not_matter():
    roles = [
        {"outcome": "won", "roles": said}
        for said in (["main", "uses"], ["uses", "main"])
    ]
    one, other = ({**said, "when": "ever"} for said in roles)
    assert apart("closed_deals", {**one, **ONCE}, {**other, **NEVER})


def test_who_was_introduced_is_not_counted():
    came = {"kind": "came", "when": "ever"}
    assert apart("introductions", {**came, **ONCE}, {**came, **NEVER}) == []


def test_sales_of_more_days_may_be_less_because_of_returns():
    sales = {"measure": "sum", **at_least(500, **MONTH)}
    assert apart("purchases", sales, {"measure": "sum", **at_most(0, **YEAR)}) == []
    assert apart("purchases", sales, {"measure": "sum", **at_most(0, **MONTH)})


def test_no_purchase_is_a_number_whatever_is_measured():
    none = {"measure": "average", **NEVER, **YEAR}
    assert apart("purchases", {"measure": "count", **ONCE, **MONTH}, none)
    assert apart("purchases", {"measure": "sum", **ONCE, **MONTH}, none) == []


def attribute(key, operator, **said):
    return {"attribute": key, "operator": operator, **said}


@pytest.fixture
def choices():
    for key, kind in (("taste", "choice"), ("likes", "multi_choice")):
        definition = factories.AttributeFactory(key=key, type=kind)
        for choice in ("lunch", "wine"):
            definition.choices.create(key=choice, label=choice)
    factories.AttributeFactory(key="nickname", type="text")
    factories.AttributeFactory(key="points", type="number")


class TestChoices:
    @pytest.mark.parametrize(
        ("name", "field", "one", "other"),
        [
            ("stage", "stages", ["first", "second"], ["dormant", "lost"]),
            ("language", "languages", ["ja"], ["en"]),
            ("heard_from", "answers", ["search"], ["passing"]),
            ("confirmed", "state", "confirmed", "provisional"),
        ],
    )
    def test_what_is_one_at_a_time_is_not_another(self, name, field, one, other):
        assert apart(name, {field: one}, {field: other})
        assert apart(name, {field: one}, {field: one}) == []

    def test_choices_that_overlap_are_fine(self):
        one, other = (["first", "second"], ["second", "lost"])
        assert apart("stage", {"stages": one}, {"stages": other}) == []

    def test_a_member_is_not_outside(self):
        factories.SegmentFactory(key="inner")
        states = ("in", "out", "was")
        is_in, is_out, was = ({"segment": "inner", "state": said} for said in states)
        assert apart("segment", is_in, is_out)
        assert apart("segment", {**was, "when": "ever"}, is_out) == []

    def test_one_choice_excludes_another_and_one_of_several_does_not(self, choices):
        def of(key, choice):
            return attribute(key, "one_of", choices=[f"{key}:{choice}"])

        assert apart("attribute", of("taste", "lunch"), of("taste", "wine"))
        assert apart("attribute", of("likes", "lunch"), of("likes", "wine")) == []

    def test_a_text_is_not_two(self, choices):
        one, other = (attribute("nickname", "is", text=text) for text in ("Ko", "Mi"))
        assert apart("attribute", one, other)

    @pytest.mark.parametrize(
        "said",
        [
            attribute("nickname", "contains", text="Ko"),
            attribute("nickname", "filled"),
            attribute("likes", "one_of", choices=["likes:lunch"]),
            attribute("points", "at_least", number=3),
            attribute("points", "recorded", **MONTH),
        ],
    )
    def test_what_is_empty_holds_nothing(self, choices, said):
        empty = attribute(said["attribute"], "empty")
        assert apart("attribute", said, empty)
        assert apart("attribute", empty, empty) == []

    @pytest.mark.parametrize(
        ("name", "field", "fixed"),
        [
            ("point", "state", {"kind": "email"}),
            ("organisation", "state", {}),
            ("name", "test", {"which": "name"}),
        ],
    )
    def test_none_and_some_are_apart(self, name, field, fixed):
        none = "empty" if name == "name" else "none"
        some = "filled" if name == "name" else "any"
        assert apart(name, {**fixed, field: none}, {**fixed, field: some})

    def test_none_agreed_and_one_agreed_are_apart_by_the_same_channel(self):
        topic = factories.TopicFactory(key="news").key
        none, granted = (
            {"topic": topic, "state": said} for said in ("none", "granted")
        )
        refused = {"topic": topic, "state": "withdrawn"}
        assert apart("consent", none, granted)
        assert apart("consent", granted, refused) == []
        assert apart("consent", none, {**granted, "channel": "phone"}) == []


# What a figure must be, while all other fields say which figure is meant.
LIMITS = {
    *("how", "number", "number_to", "operator", "text", "choices", "state", "test"),
    *("stages", "languages", "answers", "owner", "or_never", "youngest", "oldest"),
}


def of_one_figure(drawn):
    """A condition, and another one with other limits, or another period."""
    one, other, moved = drawn
    names = {*LIMITS, *FIELDS} if moved else LIMITS
    taken = {key: said for key, said in other["value"].items() if key in names}
    return one, {**one, "value": {**one["value"], **taken}}


def pairs(leaves):
    return st.tuples(leaves, leaves, st.booleans()).map(of_one_figure)


@pytest.fixture
def world(db, time_machine):
    time_machine.move_to(NOON, tick=False)
    build()
    return load()


def named(rule):
    """Whether the conditions of the rule are named as never true together."""
    return contradictions((leaf.condition, leaf.value) for leaf in rules.walk(rule))


@settings(max_examples=300, **COMMON)
@given(pair=ONE(LEAVES).flatmap(pairs))
def test_whatever_is_named_chooses_nobody(world, pair):
    rule = placed(list(pair))
    assert not named(rule) or replay(rule, NOON, world) == set()


@pytest.mark.slow
@settings(max_examples=10_000, **COMMON)
@given(pair=ONE(LEAVES).flatmap(pairs))
def test_whatever_is_named_of_thousands_chooses_nobody(world, remembered, pair):
    rule = placed(list(pair))
    assert not named(rule) or replay(rule, NOON, world) == set()


def test_in_a_group_of_which_one_must_be_true_it_is_fine():
    one, other = (condition("uses", **said, **YEAR) for said in (ONCE, NEVER))
    assert rules.problems([group("any", one, other)]) == []
    assert "never true" in rules.problems([group("all", one, other)])[0]
