"""What cannot be meant is refused in words, and no rule guesses what is gone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from wagtail.blocks.stream_block import StreamBlockValidationError

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
AGES = {"youngest": 40, "oldest": 30}


def amount(operator, **said):
    return condition("attribute", attribute="points", operator=operator, **said)


@pytest.mark.parametrize(
    ("name", "said", "problem"),
    [
        ("age", AGES, "The first number must be the smaller one."),
        ("rated", {"least": 9, "most": 3}, "The first number must be the smaller one."),
        (
            "attribute",
            {
                "attribute": "points",
                "operator": "between",
                "number": Decimal(9),
                "number_to": Decimal(3),
            },
            "The first number must be the smaller one.",
        ),
        (
            "attribute",
            {
                "attribute": "points",
                "operator": "recorded",
                "when": "next",
                "days": 3,
            },
            "Choose days of the past.",
        ),
        (
            "rfm",
            {"recency_from": 5, "recency_to": 4},
            "The first number must be the smaller one.",
        ),
        ("rfm", {}, "Narrow at least one of the three scores."),
        ("share", {"percent": 0, "key": "x"}, "greater than or equal to 1"),
        ("share", {"percent": 50, "key": ""}, "This field is required."),
        ("place", {}, "Name a prefecture, a city or a postcode."),
        (
            "last_use",
            {"when": "ago", "days": 9, "days_to": 3},
            "The first number of days must be the smaller one.",
        ),
        (
            "segment",
            {
                "segment": "inner",
                "state": "was",
                "when": "dates",
                "from_on": dt.date(2026, 2, 1),
                "to_on": dt.date(2026, 1, 1),
            },
            "The first date must be the earlier one.",
        ),
        ("segment", {"segment": "inner", "state": "entered"}, "Please fill this in."),
        (
            "consent",
            {"topic": "newsletter", "state": "granted", "when": "last"},
            "Please fill this in.",
        ),
        ("preference", {"wish": "frequency"}, "Please fill this in."),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(known, name, said, problem):
    found = rules.problems([condition(name, **said)])
    assert any(problem in text for text in found), found


GONE = [
    ("attribute", {"attribute": "gone", "operator": "filled"}),
    (
        "attribute",
        {"attribute": "taste", "operator": "one_of", "choices": ["taste:gone"]},
    ),
    ("anniversary", {"attribute": "gone", "kind": "next", "days": 7}),
    ("consent", {"topic": "gone", "state": "granted"}),
    ("purchases", {"category": "gone", "how": "none", "when": "ever"}),
    ("purchases", {"product": "gone", "how": "none", "when": "ever"}),
    ("purchase_day", {"which": "first", "category": "gone", "when": "ever"}),
    ("uses", {"category": "gone", "how": "none", "when": "ever"}),
    ("more_uses", {"more": "gone", "less": "lunch", "when": "ever"}),
    ("bookings", {"service": "gone", "kind": "came", "when": "ever"}),
    ("segment", {"segment": "gone", "state": "in"}),
    ("score", {"score": "gone", "how": "at_least", "number": 1}),
    ("messages", {"topic": "gone", "kind": "sent", "how": "none", "when": "ever"}),
    (
        "segment",
        {"segment": "gone", "state": "was", "when": "ever"},
    ),
    ("campaign", {"campaign": "77", "kind": "sent", "when": "ever"}),
    ("owner", {"owner": "77"}),
    ("open_deal", {"stages": ["gone"], "size": "any", "age": "any"}),
    ("closed_deals", {"outcome": "lost", "reasons": ["gone"], "when": "ever"}),
    ("plan", {"plans": ["gone"], "state": "now"}),
    (
        "pages_read",
        {"where": "type", "page_type": "gone.Page", "how": "none", "when": "ever"},
    ),
    ("pages_read", {"where": "page", "page": 987, "how": "none", "when": "ever"}),
]


@pytest.mark.parametrize(("name", "said"), GONE)
def test_what_is_gone_is_named_and_the_rule_is_not_evaluated(known, name, said):
    rule = [group("none", condition(name, **said))]
    assert rules.problems(rule)
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(rule)
    assert rules.sentence(rule)


FAR = [
    ("0001-01-01", "9999-12-31"),
    ("9999-12-31", None),
    (None, "0001-01-01"),
    ("9999-12-31", "9999-12-31"),
    ("0001-01-01", "0001-01-01"),
]


@pytest.mark.parametrize(("first", "last"), FAR)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("touchpoints", {"how": "at_least", "number": 1}),
        ("last_touch", {}),
        ("created", {}),
        ("purchases", {"how": "at_least", "number": 1}),
        ("plan_change", {"event": "began"}),
        ("attribute", {"attribute": "wedding", "operator": "recorded"}),
        ("segment", {"segment": "inner", "state": "was"}),
    ],
)
def test_the_ends_of_the_calendar_are_open_ends(known, name, said, first, last):
    rule = [condition(name, **said, when="dates", from_on=first, to_on=last)]
    near = [{**rule[0], "value": {**rule[0]["value"], **nearer(first, last)}}]
    assert rules.problems(rule) == []
    assert set(rules.compile_rule(rule)) == set(rules.compile_rule(near))
    assert rules.sentence(rule)


def nearer(first, last):
    """The same ends as days that nobody would stumble over."""
    near = {"0001-01-01": "1500-01-01", "9999-12-31": "2500-01-01"}
    return {"from_on": near.get(first), "to_on": near.get(last)}


HUGE = [
    ("last_use", {"when": "last", "days": 10**12}),
    ("last_use", {"when": "ago", "days": 1, "days_to": 10**30}),
    ("uses", {"how": "at_least", "number": 10**30, "when": "ever"}),
    ("age", {"youngest": 10**6}),
    ("attribute", {"attribute": "points", "operator": "at_least", "number": "1e400"}),
    ("attribute", {"attribute": "points", "operator": "at_least", "number": "NaN"}),
    ("purchases", {"measure": "sales", "how": "at_least", "number": 10**40}),
    ("open_deal", {"size": "at_least", "amount": 10**40, "age": "any"}),
    ("pages_read", {"where": "page", "page": 10**20, "how": "none", "when": "ever"}),
    ("no_reaction", {"number": 10**20}),
]


@pytest.mark.parametrize(("name", "said"), HUGE)
def test_a_number_beyond_all_bounds_is_named_and_not_evaluated(known, name, said):
    rule = [group("none", condition(name, **said))]
    assert rules.problems(rule)
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(rule)


UNFINISHED = [
    ("last_use", {"when": "last", "days": None}),
    ("last_use", {"when": "dates"}),
    ("created", {"when": "last", "days": None}),
    ("name", {"test": "contains", "text": ""}),
    ("share", {"percent": None, "key": "taste"}),
    ("uses", {"how": "at_least", "number": None, "when": "ever"}),
    ("attribute", {"attribute": "points", "operator": "at_least"}),
    ("attribute", {"attribute": "taste", "operator": "one_of", "choices": []}),
    ("pages_read", {"where": "tag", "how": "none", "when": "ever"}),
    ("language", {"languages": []}),
    ("segment", {"segment": "inner", "state": "was", "when": "last", "days": None}),
    ("age", {}),
    ("place", {}),
    ("rfm", {}),
    ("affiliation", {}),
]


@pytest.mark.parametrize(("name", "said"), UNFINISHED)
def test_an_unfinished_condition_chooses_nobody_and_is_named(known, name, said):
    rule = [condition(name, **said)]
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(rule)
    assert rules.problems(rule)
    assert rules.why_broken(rule)


@pytest.mark.parametrize("match", ["zzz", None, "", 3, [], "\ud800"])
def test_a_group_that_does_not_say_how_many_is_not_evaluated(match):
    rule = [group(match, condition("uses", how="none", when="ever"))]
    assert "how many" in rules.problems(rule)[0]
    for ask in (rules.compile_rule, lambda said: rules.explain(said, 1)):
        with pytest.raises(rules.BrokenRule):
            ask(rule)
    assert rules.sentence(rule)


def test_what_cannot_be_read_is_stored_as_it_was():
    rule = [
        condition("uses", how="none", when="ever", number="many"),
        condition("shop_gone", x=1),
        group("any", condition("shop_gone", x=2)),
    ]
    segment = factories.SegmentFactory(rule=rule)
    segment.refresh_from_db()
    assert rules.problems(segment.rule)
    segment.save()
    again = segment.save_revision().as_object()
    for found in (models.Segment.objects.get(pk=segment.pk), again):
        text = str(found.rule.stream_block.get_prep_value(found.rule))
        assert "many" in text
        assert text.count("shop_gone") == 2


def test_an_owner_who_left_is_refused_when_edited_and_still_found():
    left = User.objects.create_user("sato", is_active=False)
    contact = factories.ContactFactory(owner=left)
    rule = [condition("owner", owner=str(left.pk))]
    assert rules.problems(rule)
    assert set(rules.compile_rule(rule)) == {contact.pk}


class TestContradictions:
    def test_two_limits_that_nobody_meets_are_named(self, known):
        at_least = amount("at_least", number=Decimal(10))
        at_most = amount("at_most", number=Decimal(5))
        assert rules.problems([at_least, at_most]) == [
            "“Points: at least 10” and “Points: at most 5” are never true together."
        ]

    def test_limits_that_touch_are_fine(self, known):
        at_least = amount("at_least", number=Decimal(10))
        at_most = amount("at_most", number=Decimal(10))
        assert rules.problems([at_least, at_most]) == []

    def test_in_any_of_they_are_fine(self, known):
        yes, no = (
            condition("attribute", attribute="vip", operator=said)
            for said in ("yes", "no")
        )
        assert rules.problems([group("any", yes, no)]) == []
        assert "never true together" in rules.problems([group("all", yes, no)])[0]

    def test_days_are_compared_as_well(self):
        late = condition("last_use", when="before", days=180)
        lately = condition("last_use", when="last", days=30)
        assert "never true together" in rules.problems([late, lately])[0]
        never = condition("last_use", when="before", days=180, or_never=True)
        assert rules.problems([never, lately]) == []

    def test_different_figures_have_nothing_to_do_with_each_other(self):
        first = condition("purchase_day", which="first", when="before", days=180)
        last = condition("purchase_day", which="last", when="last", days=30)
        assert rules.problems([first, last]) == []

    def test_the_editor_says_it_beside_the_group(self, known):
        block = rules.rule_block()
        old, young = (condition("age", youngest=60), condition("age", oldest=20))
        with pytest.raises(StreamBlockValidationError) as refused:
            block.clean(block.to_python([group("all", old, young)]))
        (error,) = refused.value.block_errors.values()
        assert "never true together" in str(error.non_block_errors[0])
        with pytest.raises(StreamBlockValidationError) as refused:
            block.clean(block.to_python([old, young]))
        assert "never true together" in str(refused.value.non_block_errors[0])


def test_an_empty_group_is_refused_beside_it():
    block = rules.rule_block()
    rule = block.to_python([group("any"), condition("uses", how="none")])
    with pytest.raises(StreamBlockValidationError) as refused:
        block.clean(rule)
    assert "empty" in str(refused.value.block_errors[0].non_block_errors[0])


def test_a_group_that_is_too_deep_is_named():
    rule = condition("uses", how="none")
    for _level in range(5):
        rule = group("all", rule)
    assert "at most 4 deep" in rules.problems([rule])[0]
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule([rule])


def test_a_published_segment_whose_choice_is_gone_keeps_its_members():
    contact = factories.ContactFactory()
    value = factories.taste(contact, "lunch")
    ticked = condition(
        "attribute", attribute="taste", operator="one_of", choices=["taste:lunch"]
    )
    others = factories.SegmentFactory(key="others", rule=[group("none", ticked)])
    factories.MembershipFactory(segment=others)
    choice = value.choice
    value.delete()
    choice.delete()
    with pytest.raises(rules.BrokenRule, match="lunch"):
        rules.compile_rule(models.Segment.objects.get(pk=others.pk).rule)
    assert others.memberships.count() == 1
