"""What the property tests draw: every condition, and more than one value of each field."""

from collections import defaultdict

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crm_plugin.rules.periods import FIELDS
from crm_plugin.rules.registry import registered

from .test_against_replay import COMMON, ELSEWHERE, LEAVES

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
def drawn():
    """``{condition: its drawn values}``, the same ones in every run."""
    found = defaultdict(list)

    @settings(
        max_examples=5,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        **COMMON,
    )
    def sample(nodes):
        for node in nodes:
            found[node["type"]].append(node["value"])

    for leaf in LEAVES:
        given(st.lists(leaf, min_size=MANY, max_size=MANY))(sample)()
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


def taken(name, field, values):
    """What the field is among *values*, where the others do not make it idle."""
    block = registered()[name].block()
    return {repr(each.get(field)) for each in values if block.plays_a_part(field, each)}
