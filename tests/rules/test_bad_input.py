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


@pytest.fixture
def known():
    """One of each thing that a rule can name."""
    factories.taste(factories.ContactFactory(), "lunch")
    for key, kind in (("points", "number"), ("wedding", "date"), ("vip", "yes_no")):
        factories.AttributeFactory(key=key, label=key.title(), type=kind)
    factories.CategoryFactory(key="lunch")
    factories.TopicFactory()
    factories.SegmentFactory(key="inner")


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
    assert "group" in rules.problems([rule])[0]


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
