"""What the property tests draw: every condition, and more than one value of each field."""

from collections import defaultdict
from itertools import chain

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crm_plugin.rules.periods import FIELDS
from crm_plugin.rules.registry import registered

from .replay import replay
from .test_against_replay import COMMON, ELSEWHERE, LEAVES, placed
from .world import NOON

MANY = 15
# One helper draws them for all conditions alike.
OF_PERIODS = {*FIELDS} - {"when"}
# Of what these name the world has a single one.
ALWAYS_THE_SAME = {
    ("anniversary", "attribute"),
    ("consent", "topic"),
    ("pages_read", "tag"),
    ("picked", "segment"),
    ("score", "score"),
    ("segment", "segment"),
}


@pytest.fixture(scope="module")
def by_leaf():
    """What each of the leaves draws, the same in every run."""
    return [sample(leaf) for leaf in LEAVES]


def sample(leaf):
    found = []

    @settings(
        max_examples=5,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        **COMMON,
    )
    @given(st.lists(leaf, min_size=MANY, max_size=MANY))
    def keep(nodes):
        found.extend(nodes)

    keep()
    return found


@pytest.fixture(scope="module")
def drawn(by_leaf):
    """``{condition: its drawn values}``."""
    found = defaultdict(list)
    for node in chain(*by_leaf):
        found[node["type"]].append(node["value"])
    return found


def test_every_condition_is_drawn_but_a_few(drawn):
    assert set(registered()) - set(drawn) == ELSEWHERE


def test_every_field_takes_two_values_where_it_plays_a_part(drawn):
    alone = {
        (name, field)
        for name, values in drawn.items()
        for field in registered()[name].block().child_blocks
        if field not in OF_PERIODS and len(taken(name, field, values)) < 2
    }
    assert sorted(alone) == sorted(ALWAYS_THE_SAME)


def test_every_field_of_a_period_takes_two_values(drawn):
    for field in OF_PERIODS:
        said = [taken(name, field, values) for name, values in drawn.items()]
        assert len(set.union(*said) - {repr(None)}) > 1, field


def test_whatever_is_drawn_may_be_true_of_some_and_false_of_others(by_leaf, world):
    """Else it would prove nothing, whatever the query says."""
    for nodes in by_leaf:
        chosen = (len(replay([placed(node)], NOON, world)) for node in nodes)
        assert any(0 < number < len(world) for number in chosen), nodes[0]


def taken(name, field, values):
    """What the field is among *values*, where the others do not make it idle."""
    block = registered()[name].block()
    return {repr(each.get(field)) for each in values if block.plays_a_part(field, each)}
