"""Every condition names the data on which it rests, or stands here with the reason."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crm_plugin import rules
from crm_plugin.contacts import data_map
from crm_plugin.rules.registry import registered

from .test_against_replay import COMMON, LEAVES, placed

pytestmark = pytest.mark.django_db
OF_EVERYBODY = "It is known of everybody."
OF_VISITS = "It is asked of a visit: nobody is counted."
OURS = "It is about what we did; of whom there is nothing, that is the answer."
OWED = "What we owe somebody is known of everybody."
OF_GROUPS = "It is about a group, whose members are known."
WITHOUT = {
    "created": OF_EVERYBODY,
    "confirmed": OF_EVERYBODY,
    "stage": OF_EVERYBODY,
    "share": "It is chance.",
    "campaign": OURS,
    "mailing": OURS,
    "no_reaction": OURS,
    "messages": OURS,
    "imported": OURS,
    "open_inquiry": OWED,
    "inquiries": OWED,
    "follow_up": OWED,
    "claim": OWED,
    "waiting": "Who is not on a list does not wait.",
    "segment": OF_GROUPS,
    "moved": OF_GROUPS,
    "picked": OF_GROUPS,
    "visit_utm": OF_VISITS,
    "visit_referrer": OF_VISITS,
    "visit_language": OF_VISITS,
    "visit_time": OF_VISITS,
    "visit_number": OF_VISITS,
    "visit_pages": OF_VISITS,
}


def test_every_condition_names_its_data_or_says_why_there_is_none():
    named = {
        name
        for name, condition in registered().items()
        if condition.rests_on or type(condition).things is not rules.Condition.things
    }
    assert named | WITHOUT.keys() == set(registered())
    assert not named & WITHOUT.keys()


@settings(max_examples=5, phases=[Phase.generate], **COMMON)
@given(data=st.data())
def test_what_a_condition_names_stands_on_the_data_map(owner, world, data):
    nouns = ("contact", "organisation", "department")
    told = {row.name for row in data_map.things(owner, nouns=nouns)}
    for leaves in LEAVES:
        rule = placed([data.draw(leaves)])
        assert {name for _noun, name in rules.things(rule)} <= told, rule
