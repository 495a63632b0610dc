"""Random rules as of random past days: the one query equals a replay of a cut world."""

import datetime as dt
from functools import cache
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import models, rules
from crm_plugin.rules.registry import registered
from crm_plugin.segments.ready_made import condition
from tests import factories
from tests.rules import replay
from tests.rules.past import PAST_MEANINGS, end_of, present
from tests.rules.test_against_replay import COMMON, LEAF, depth, groups_of, placed
from tests.rules.world import NOON, build

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
DAYS, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
DAY = st.integers(0, 400).map(lambda days: TODAY - dt.timedelta(days=days))
# Past days cannot be asked about these, whatever their value.
UNDATED = {
    *("language", "owner", "name", "point", "place", "anniversary", "preference"),
    "picked",
}


@pytest.fixture
def world(db, settings):
    settings.CRM_BEHAVIOUR_DAYS = 3_000
    build()
    with (
        time_machine.travel(NOON + dt.timedelta(days=1), tick=False),
        mock.patch.dict(replay.MEANINGS, PAST_MEANINGS),
    ):
        people = replay.load(archived=True)
        yield cache(lambda day: present(people, end_of(day)))


def compare(rule, day, world):
    """*world* gives who was there at the end of a day, each as they were."""
    rule = placed(rule)
    if any(line.why_not_on(day) for line in rules.past_lines(rule)):
        with pytest.raises(rules.Undated):
            rules.compile_as_of(rule, day)
        return
    chosen = replay.replay(rule, end_of(day), world(day))
    assert set(rules.compile_as_of(rule, day)) == chosen


def kept_with_its_days(node):
    """Whether past days can be asked about it; whole trees seldom could, otherwise."""
    (leaf,) = rules.walk(placed([node]))
    return not leaf.ask("past").why_not


DATED_LEAF = LEAF.filter(lambda node: node["type"] not in UNDATED)

DATED_RULE = st.lists(
    st.one_of(DATED_LEAF, DATED_LEAF, groups_of(DATED_LEAF)), min_size=1, max_size=2
)
DEEP_NODE = st.recursive(
    DATED_LEAF.filter(kept_with_its_days), groups_of, max_leaves=6
).filter(lambda node: depth(node) <= 4)
DEEP_RULE = st.lists(DEEP_NODE, min_size=1, max_size=3)


@settings(max_examples=300, **COMMON)
@given(rule=DATED_RULE, day=DAY)
def test_a_rule_as_of_a_day_chooses_whom_a_replay_of_that_day_chooses(world, rule, day):
    compare(rule, day, world)


def test_every_condition_says_from_what_or_why_not(db):
    said = {
        name: (each.dated_by, each.undated)
        for name, each in registered().items()
        if not each.about_visit
    }
    by_value = {"attribute", "organisation_attribute", "anniversary", "segment"}
    by_value |= {"pages_read", "site_searches", "moved", "score"}
    plain = {name for name, words in said.items() if not any(words)}
    assert plain - by_value <= UNDATED
    both = {name for name, words in said.items() if all(words)}
    assert both == set()
    dated = {name for name, words in said.items() if words[0]}
    assert not dated & UNDATED


@pytest.mark.parametrize(
    ("day", "hours"), [(dt.date(2026, 3, 29), 23), (dt.date(2025, 10, 26), 25)]
)
def test_a_day_on_which_clocks_change_ends_at_the_sites_midnight(
    db, settings, day, hours
):
    settings.TIME_ZONE = "Europe/Berlin"
    zone = ZoneInfo("Europe/Berlin")
    begins = dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)
    ends = begins + dt.timedelta(hours=hours)
    first, last, next_one, before = (
        factories.TouchpointFactory(
            at=moment, direction="in", contact=factories.ContactFactory()
        ).contact_id
        for moment in (begins, ends - SECOND, ends, begins - SECOND)
    )
    models.Contact.objects.update(created_at=begins - dt.timedelta(days=9))
    rule = [
        condition("touchpoints", when="last", days=0, how="at_least", number=1),
    ]
    assert rules.end_of(day) == ends - dt.timedelta(microseconds=1)
    assert set(rules.compile_as_of(rule, day)) == {first, last}
    none = [condition("touchpoints", when="ever", how="none")]
    assert set(rules.compile_as_of(none, day)) == {next_one}
    assert before not in set(rules.compile_as_of(none, day))


def test_who_was_recorded_or_archived_later_is_told_as_they_were(db):
    day = dt.date(2026, 3, 1)
    later = factories.ContactFactory()
    early, archived, gone, dealt = factories.ContactFactory.create_batch(4)
    for contact, created, archived_at in (
        (early, NOON - 9 * DAYS, None),
        (archived, NOON - 9 * DAYS, NOON + 9 * DAYS),
        (gone, NOON - 9 * DAYS, NOON - DAYS),
        (dealt, NOON + 9 * DAYS, None),
    ):
        models.Contact.objects.filter(pk=contact.pk).update(
            created_at=created, archived_at=archived_at
        )
    models.ContactUses.objects.create(contact=dealt, count=1, first_on=day, last_on=day)
    rule = [condition("purchases", how="none", number=1, when="ever")]
    found = set(rules.compile_as_of(rule, day))
    assert found == {early.pk, archived.pk, dealt.pk}
    assert later.pk not in found


def test_a_day_to_come_is_refused(db):
    tomorrow = timezone.localdate() + DAYS
    with pytest.raises(ValueError, match=str(tomorrow)):
        rules.compile_as_of([condition("late")], tomorrow)


def test_pages_are_asked_about_as_long_as_they_are_kept(db, settings):
    settings.CRM_BEHAVIOUR_DAYS = 100
    today = timezone.localdate()
    value = {"where": "any", "how": "at_least", "number": 1, "when": "last"}
    (line,) = rules.past_lines([condition("pages_read", **value, days=30)])
    assert line.past.since == today - 70 * DAYS
    assert "only since" in line.why_not_on(today - 71 * DAYS)
    assert line.why_not_on(today - 70 * DAYS) == ""


def test_a_segment_that_is_read_is_known_since_it_was_published(db):
    factories.SegmentFactory(
        key="inner", name="Inner", first_published_at=NOON - 9 * DAYS
    )
    rule = [condition("segment", segment="inner", state="in")]
    assert rules.first_day(rule) == TODAY - 9 * DAYS
    with pytest.raises(rules.Undated, match="place in segment “Inner”: It is known"):
        rules.compile_as_of(rule, TODAY - 10 * DAYS)
    assert list(rules.compile_as_of(rule, TODAY - 9 * DAYS)) == []


def test_who_was_a_member_that_day_is_one_on_days_after_it(db):
    """The stay ended before the days that the rule names, but not by that day."""
    segment = factories.SegmentFactory(
        key="inner", name="Inner", first_published_at=NOON - 90 * DAYS
    )
    asked = TODAY - 20 * DAYS
    still, left = factories.ContactFactory.create_batch(2)
    models.Contact.objects.update(created_at=NOON - 99 * DAYS)
    for contact, gone in ((still, 10), (left, 30)):
        models.SegmentMembership.objects.create(
            segment=segment,
            contact=contact,
            entered_at=NOON - 80 * DAYS,
            left_at=NOON - gone * DAYS,
        )
    later = {"from_on": TODAY.isoformat(), "to_on": TODAY.isoformat()}
    rule = [condition("segment", segment="inner", state="was", when="dates", **later)]
    assert list(rules.compile_as_of(rule, asked)) == [still.pk]


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=3_000, **COMMON)
@given(rule=st.one_of(DATED_RULE, DEEP_RULE, DEEP_RULE), day=DAY)
def test_thousands_of_rules_as_of_days_choose_whom_a_replay_chooses(
    world, remembered, rule, day
):
    compare(rule, day, world)
