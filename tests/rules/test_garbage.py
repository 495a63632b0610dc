"""Garbage in any field makes a broken rule or a rule that can be asked, nothing else."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail import blocks

from crm_plugin import models, rules
from crm_plugin.rules.registry import registered
from crm_plugin.segments.ready_made import condition, group
from tests import factories

pytestmark = pytest.mark.django_db
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
GARBAGE = [
    *(None, "", [], {}, True, False, 0, 1, -1, 3.5, float("nan"), float("inf")),
    *(10**20, -(10**20), 10**400, 2**31, 2**63 - 1, "1e400", "NaN", "7", "\u0663"),
    *(
        "abc",
        "\0",
        "a\0b",
        "\ud800",
        "x" * 5_000,
        "%",
        "\\",
        "'",
        "ever",
        "none",
        "zzz",
    ),
    *("0001-01-01", "9999-12-31", "9999-99-99", "2026-02-30", "24:00", "00:00"),
    *([None], [[1]], [{}], ["\0"], ["zzz", 3], {"a": 1}, [10**20], dt.date.max),
]
ENDS = ["0001-01-01", "2026-01-01", "9999-12-31"]


@pytest.fixture
def world():
    """One of each thing that a rule can name, and somebody to ask about."""
    contact = factories.ContactFactory()
    factories.taste(contact, "lunch")
    for key, kind in (("points", "number"), ("wedding", "date"), ("vip", "yes_no")):
        factories.AttributeFactory(key=key, label=key.title(), type=kind)
    factories.AttributeFactory(key="firm", type="text", describes="organisation")
    factories.CategoryFactory(key="lunch")
    factories.CategoryFactory(key="dinner")
    factories.TopicFactory()
    factories.CampaignFactory()
    factories.PlanFactory()
    factories.SegmentFactory(key="inner")
    factories.uses(contact, 5)
    factories.TouchpointFactory(contact=contact)
    factories.PurchaseFactory(contact=contact)
    return contact


def said(block):
    """What an author could say in a field."""
    if isinstance(block, blocks.BooleanBlock):
        return st.booleans()
    if isinstance(block, blocks.IntegerBlock):
        return st.sampled_from([1, 2])
    if isinstance(block, blocks.DecimalBlock):
        return st.sampled_from(["1", Decimal(2)])
    if isinstance(block, blocks.DateBlock):
        return st.sampled_from(ENDS)
    if isinstance(block, blocks.TimeBlock):
        return st.just("09:00:00")
    if isinstance(block, blocks.PageChooserBlock):
        return st.just(1)
    if isinstance(block, blocks.CharBlock):
        return st.just("x")
    keys = keys_of(block.field.choices) or ["gone"]
    one = st.sampled_from(keys)
    several = isinstance(block, blocks.MultipleChoiceBlock)
    return one.map(lambda key: [key]) if several else one


def keys_of(choices):
    """What can be chosen, group by group."""
    grouped = (
        label if isinstance(label, list | tuple) else [(key, label)]
        for key, label in choices
    )
    return [key for pairs in grouped for key, _label in pairs if key != ""]


def node(draw):
    """A condition in which one field holds garbage, or two."""
    name = draw(st.sampled_from(sorted(registered())))
    fields = rules.rule_block().child_blocks[name].child_blocks
    value = {field: draw(said(block)) for field, block in fields.items()}
    spoilt = draw(
        st.lists(st.sampled_from(sorted(fields) or ["none"]), max_size=2, unique=True)
    )
    value |= {field: draw(st.sampled_from(GARBAGE)) for field in spoilt}
    if draw(st.booleans()):
        value["nobody-knows"] = draw(st.sampled_from(GARBAGE))
    return condition(name, **value)


def asked(rule, contact):
    """Ask all that screens and workers ask of a rule."""
    rules.problems(rule)
    rules.sentence(rule).encode()
    rules.aspects(rule), rules.reads_sensitive(rule), rules.segments_read(rule)
    rules.things(rule)
    try:
        found = list(rules.compile_rule(rule))
        assert (contact.pk in found) is rules.explain(rule, contact.pk).holds
        rules.next_change(rule, dt.datetime.now(dt.UTC))
        list(rules.select(rules.everyone(), rule).contacts)
        list(rules.compile_as_of(rule, dt.date(2026, 1, 1)))
    except (rules.BrokenRule, rules.Undated):
        return


@settings(max_examples=150, **COMMON)
@given(data=st.data())
def test_garbage_in_a_field_breaks_the_rule_and_nothing_else(world, data):
    asked([node(data.draw)], world)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=300 if connection.vendor == "postgresql" else 1_000, **COMMON)
@given(data=st.data())
def test_much_more_garbage_breaks_the_rule_and_nothing_else(world, data):
    asked([group("none", node(data.draw), node(data.draw))], world)


NO_RULES = [
    *(
        "abc",
        "{}",
        "[",
        3,
        {"a": 1},
        [1],
        ["x"],
        [[]],
        [None],
        [{}],
        [{"type": "uses"}],
    ),
    [{"type": [], "value": {}}],
    [{"type": "\ud800", "value": {}}],
    [{"type": "\0", "value": {"a\0": "\ud800"}}],
    [{"type": "zzz", "value": {"number": float("nan")}}],
    [{"type": "uses", "value": 3}],
    [{"type": "uses", "value": None}],
    [{"type": "group", "value": 3}],
    [{"type": "group", "value": {"match": "any", "conditions": 3}}],
    [{"type": "group", "value": {"match": "any", "conditions": [3, "x"]}}],
    [condition("uses", how="none", when="ever"), 3],
]


@pytest.mark.parametrize("rule", NO_RULES, ids=repr)
def test_what_is_no_rule_at_all_is_named_and_never_evaluated(rule):
    assert rules.problems(rule)
    assert rules.sentence(rule)
    " ".join(rules.problems(rule)).encode()
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(rule)
    assert rules.holds(rule, None) is None
    segment = factories.SegmentFactory(rule=rule)
    assert rules.problems(models.Segment.objects.get(pk=segment.pk).rule)
