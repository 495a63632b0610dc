import datetime as dt

import pytest
from django.utils import timezone, translation

from crm_plugin import rules
from crm_plugin.segments.ready_made import CAME_ONCE, condition, group
from tests import factories

pytestmark = pytest.mark.django_db
ASLEEP = [
    condition("last_use", when="before", days=180),
    group("none", condition("open_inquiry", kind="complaint")),
]
TOKYO = timezone.get_default_timezone()


def test_the_sentence_says_what_is_wanted_and_what_is_refused():
    assert rules.sentence(ASLEEP) == (
        "People with last use more than 180 days ago, but without an open complaint"
    )


def test_the_sentence_counts_in_words():
    assert rules.sentence(CAME_ONCE) == (
        "People with exactly 1 use and last use 14 to 120 days ago"
    )


def test_never_and_not_lately_read_differently():
    never = rules.sentence([condition("uses", how="none", when="ever")])
    lately = rules.sentence([condition("uses", how="none", when="last", days=180)])
    assert never == "People with no use yet"
    assert lately == "People with no use in the last 180 days"


def test_japanese_puts_the_time_and_the_sort_first():
    factories.CategoryFactory(key="lunch", name="Lunch", name_ja="ランチ")
    often = condition(
        "uses", how="at_least", number=3, category="lunch", when="last", days=180
    )
    with translation.override("ja"):
        assert "過去180日以内にランチの利用3回以上" in rules.sentence([often])


def test_groups_of_several_stand_in_brackets():
    rule = group(
        "any",
        condition("uses", how="none", when="last", days=180),
        group(
            "all",
            condition("language", languages=["en"]),
            condition("point", kind="email", state="confirmed"),
        ),
    )
    assert rules.sentence([rule]) == (
        "People with no use in the last 180 days or "
        "(language: English and e-mail known and confirmed)"
    )


def test_every_condition_has_a_sentence_for_its_default_value():
    for name, known in rules.registry.registered().items():
        block = known.block()
        text = known.sentence(block.get_default())
        assert isinstance(text, str), name
        assert text, name


def test_what_makes_a_field_play_a_part_is_asked_beside_it():
    """Else the editor hides the field for ever, and nobody is told that it is empty."""
    for name, each in rules.registry.registered().items():
        block = each.block()
        for field, needs in block.visibility.items():
            assert needs.keys() <= block.child_blocks.keys(), (name, field)


@pytest.mark.parametrize("name", ["which_use", "no_reaction"])
def test_a_number_that_nothing_makes_idle_must_be_filled(name):
    block = rules.registry.registered()[name].block()
    assert "number" in block.missing({"when": "last", "days": 7, "number": None})


def test_a_field_that_plays_a_part_must_be_filled():
    found = rules.problems([condition("last_use", when="before")])
    assert found == ["Last use: Please fill this in."]


def test_the_period_stands_last_and_or_never_behind_it():
    layout = rules.rule_block().child_blocks["purchase_day"].get_form_layout()
    names = list(layout.children)
    assert names[:4] == ["which", "category", "product", "when"]
    assert names[-1] == "or_never"


def test_a_period_the_wrong_way_round_is_named():
    rule = [condition("last_use", when="ago", days=120, days_to=14)]
    assert rules.problems(rule) == [
        "Last use: The first number of days must be the smaller one."
    ]


def test_two_times_the_same_category_is_named():
    factories.CategoryFactory(key="lunch")
    rule = [condition("more_uses", more="lunch", less="lunch", when="ever")]
    assert "two different" in rules.problems(rule)[0]


def test_a_choice_that_is_gone_is_named():
    found = rules.problems([condition("stage", stages=["gone"])])
    assert "gone" in found[0]


def test_an_empty_rule_is_named():
    assert rules.problems([]) == ["The rule is empty."]


def test_two_hundred_conditions_are_too_many():
    found = rules.problems([condition("uses", how="none")] * 200)
    assert found == ["A rule holds at most 100 conditions."]


def test_a_sensitive_attribute_is_refused_without_the_right(outsider, owner):
    factories.taste(factories.ContactFactory(), "nuts", key="allergies", sensitive=True)
    rule = [condition("attribute", attribute="allergies", operator="filled")]
    assert rules.problems(rule, owner) == []
    assert rules.problems(rule, outsider) == ["You may not use sensitive attributes."]


def test_a_sensitive_attribute_is_not_offered_without_the_right():
    factories.taste(factories.ContactFactory(), "nuts", key="allergies", sensitive=True)
    rule = [
        condition("attribute", attribute="allergies", operator="filled"),
    ]
    block = rules.rule_block(sensitive=False).child_blocks["attribute"]
    offered = [key for key, _label in block.child_blocks["attribute"].field.choices]
    assert "allergies" not in offered
    assert rules.reads_sensitive(rule)


def test_attributes_are_read_when_the_editor_opens():
    block = rules.rule_block().child_blocks["attribute"].child_blocks["attribute"]
    factories.AttributeFactory(key="occasion", label="Occasion")
    assert ("occasion", "Occasion") in list(block.field.choices)


def test_a_rule_about_days_changes_at_midnight():
    at = dt.datetime(2026, 3, 1, 15, tzinfo=TOKYO)
    midnight = dt.datetime(2026, 3, 2, tzinfo=TOKYO)
    assert rules.next_change(ASLEEP, at) == midnight


def test_a_rule_without_days_never_changes_by_itself():
    rule = [condition("language", languages=["en"])]
    assert rules.next_change(rule, timezone.now()) is None


def test_the_explanation_names_the_fact_that_decided():
    guest = factories.ContactFactory()
    factories.uses(guest, 3)
    found = rules.explain(CAME_ONCE, guest.pk)
    assert not found.holds
    assert [(line.holds, line.fact) for line in found.lines[1:]] == [
        (True, "1 use"),
        (False, (timezone.localdate() - dt.timedelta(days=3)).strftime("%m/%d/%Y")),
    ]


def test_the_explanation_agrees_with_the_rule_inside_none_of():
    guest = factories.ContactFactory()
    factories.uses(guest, 200)
    factories.InquiryFactory(contact=guest, kind="complaint")
    assert rules.explain(ASLEEP, guest.pk).holds is False
    assert guest.pk not in rules.compile_rule(ASLEEP)
