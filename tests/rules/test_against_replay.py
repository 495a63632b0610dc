"""Random rules over a small world: the one query equals a replay in plain Python."""

import datetime as dt
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page

from crm_plugin import rules
from crm_plugin.rules import selecting
from crm_plugin.rules.registry import registered
from crm_plugin.segments.ready_made import condition, group
from tests.rules.replay import MEANINGS, load, replay
from tests.rules.world import NOON, SPAN, build

pytestmark = pytest.mark.django_db
ONE = st.sampled_from
DAYS = ONE(SPAN)


def one(name, /, **fields):
    """A strategy for one condition; plain values stand as they are."""
    drawn = {
        key: value if isinstance(value, st.SearchStrategy) else st.just(value)
        for key, value in fields.items()
    }
    return st.fixed_dictionaries(drawn).map(lambda value: condition(name, **value))


def some(*choices):
    return st.lists(ONE(choices), min_size=1, unique=True)


def dated(name, /, *kinds, **fields):
    """A condition with a period of one of *kinds* (all but two dates by default)."""
    kinds = kinds or ("ever", "last", "before", "ago")
    near_and_far = st.tuples(DAYS, DAYS).map(sorted)

    def with_period(drawn):
        node, when, (near, far) = drawn
        period = {"when": when, "days": near, "days_to": far}
        return condition(name, **{**node["value"], **period})

    return st.tuples(one(name, **fields), ONE(kinds), near_and_far).map(with_period)


COUNT = {
    "how": ONE(["at_least", "at_most", "exactly", "none"]),
    "number": ONE([0, 1, 2]),
}
CATEGORY = ONE(["", "lunch", "dinner"])
ATTRIBUTES = [
    one(
        "attribute",
        attribute="taste",
        operator="one_of",
        choices=some("taste:lunch", "taste:wine"),
    ),
    one(
        "attribute",
        attribute="likes",
        operator="one_of",
        choices=some("likes:lunch", "likes:dinner"),
    ),
    one(
        "attribute",
        attribute="points",
        operator=ONE(["at_least", "at_most", "number_is", "between"]),
        number=ONE([0, 5, 10]),
        number_to=ONE([10, 100]),
    ),
    one("attribute", attribute="vip", operator=ONE(["yes", "no"])),
    one(
        "attribute",
        attribute="nickname",
        operator=ONE(["is", "contains", "starts"]),
        text=ONE(["Hana", "hana", "ko"]),
    ),
    one(
        "attribute",
        attribute=ONE(["taste", "likes", "wedding"]),
        operator=ONE(["filled", "empty"]),
    ),
    one("attribute", attribute="vip", operator="empty"),
    dated(
        "attribute",
        *("last", "before", "ago", "next"),
        attribute="wedding",
        operator="date",
    ),
]
PERSON = [
    one("language", languages=some("ja", "en")),
    one("heard_from", answers=some("search", "passing")),
    one("owner", owner="nobody"),
    dated("created", "last", "before", "ago"),
    one(
        "birthday",
        kind=ONE(["next", "month", "unknown"]),
        days=ONE([0, 6, 7, 60, 300, 364]),
        month=ONE(["2", "12"]),
    ),
    one(
        "point",
        kind=ONE(["email", "phone"]),
        state=ONE(["any", "none", "confirmed", "unconfirmed", "undeliverable"]),
    ),
    one("age", youngest=ONE([0, 26, 36]), oldest=ONE([36, 42, 130])),
    one("affiliation", roles=some("decides", "influences", "uses")),
    one("confirmed", state=ONE(["confirmed", "provisional"])),
    one("place", prefecture=ONE(["", "北海道"]), city=ONE(["旭", "旭川市"])),
    one("source", what="source", name=ONE(["web", "instagram"])),
    one("source", what="campaign", name="spring"),
    one("organisation", state=ONE(["any", "none", "named"]), name="hika"),
    one(
        "consent",
        topic="newsletter",
        state=ONE(["none", "granted", "pending", "withdrawn"]),
    ),
]
BEHAVIOUR = [
    one("stage", stages=some("first", "second", "dormant")),
    dated("uses", category=CATEGORY, **COUNT),
    dated("last_use", "last", "before", "ago"),
    one("late"),
    one(
        "contact_days",
        how=ONE(["at_least", "at_most"]),
        number=ONE([0, 1, 2, 4]),
        window=ONE(["90", "365"]),
    ),
    one("contact_trend", trend=ONE(["halved", "fewer", "more", "doubled"])),
    one(
        "best",
        percent=ONE([1, 20, 50, 99]),
        measure=ONE(["days", "sales", "both"]),
    ),
    dated("more_uses", "last", "ever", more="lunch", less="dinner"),
    dated(
        "purchases",
        measure=ONE(["count", "sum"]),
        how=ONE(["at_least", "at_most", "none"]),
        number=ONE([0, 1, 2, 500, 1500]),
        category=CATEGORY,
    ),
    dated(
        "bookings",
        *("ever", "last", "before", "ago", "next"),
        kind=ONE(["made", "came", "no_show", "cancelled", "standing"]),
        service=ONE(["", "table"]),
        **COUNT,
    ),
    dated(
        "touchpoints",
        kind=ONE(["", "call"]),
        direction=ONE(["", "in"]),
        channel="",
        **COUNT,
    ),
    dated("last_touch", "last", "before", "ago"),
    one("open_inquiry", kind=ONE(["", "question", "complaint"])),
    dated("messages", kind=ONE(["sent", "clicked"]), **COUNT),
    one("segment", segment="inner", state=ONE(["in", "out"])),
    one(
        "open_deal",
        stages=ONE([[], ["offer"], ["question", "offer"]]),
        size=ONE(["any", "at_least", "at_most"]),
        amount=ONE([50_000, 100_000]),
        age=ONE(["any", "longer", "shorter"]),
        open_days=DAYS,
    ),
    dated(
        "closed_deals",
        outcome=ONE(["won", "lost"]),
        reasons=ONE([[], ["price"]]),
        **COUNT,
    ),
    one(
        "plan",
        plans=ONE([[], ["plus"], ["basic", "plus"]]),
        state=ONE(["now", "ever"]),
    ),
    dated(
        "plan_change",
        change=ONE(["up", "down", "begun", "ended"]),
        plans=ONE([[], ["plus"]]),
    ),
]
VISITS = [
    dated(
        "pages_read",
        where=ONE(["any", "type", "tag"]),
        page=None,
        page_type=ONE(["example.StandardPage", "example.NewsPage"]),
        tag="vegan",
        **COUNT,
    ),
    # A page is named by its number; the world that is built for each test has others.
    dated(
        "pages_read",
        where=ONE(["page", "below"]),
        page=ONE(["front", "menu", "lunch", "news"]),
        page_type="",
        tag="",
        **COUNT,
    ),
    dated(
        "site_searches",
        words=ONE(["", "gift", "GIFT", "ぎふと", "set"]),
        found=ONE(["", "nothing", "something"]),
        **COUNT,
    ),
]


def placed(node):
    """The same rule, or node, with the numbers of its pages in this world."""
    if isinstance(node, list):
        return [placed(child) for child in node]
    value = dict(node["value"])
    if node["type"] == "group":
        value["conditions"] = placed(value["conditions"])
    if value.get("page"):
        value["page"] = Page.objects.get(slug=value["page"]).pk
    return {**node, "value": value}


LEAF = st.one_of(*ATTRIBUTES, *PERSON, *BEHAVIOUR, *VISITS)


def groups_of(children):
    match = ONE(["all", "any", "none"])
    several = st.lists(children, min_size=1, max_size=3)
    return st.tuples(match, several).map(lambda drawn: group(drawn[0], *drawn[1]))


NODE = st.recursive(LEAF, groups_of, max_leaves=6).filter(lambda node: depth(node) <= 4)
RULE = st.lists(NODE, min_size=1, max_size=3)
# Noon, the last second of the day and the first of the next.
MOMENT = ONE([NOON, NOON + dt.timedelta(hours=11.99999), NOON + dt.timedelta(hours=12)])
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


def depth(node):
    if node["type"] != "group":
        return 0
    return 1 + max(depth(child) for child in node["value"]["conditions"])


@pytest.fixture
def world(db):
    build()
    return load()


@settings(max_examples=200, **COMMON)
@given(rule=RULE, at=MOMENT)
def test_a_rule_chooses_whom_a_replay_chooses(world, rule, at):
    rule = placed(rule)
    assert set(rules.compile_rule(rule, at)) == replay(rule, at, world)


@settings(max_examples=100, **COMMON)
@given(rule=RULE, at=MOMENT, few=ONE([3, 1_000]))
def test_a_list_shows_whom_a_replay_chooses_however_many_a_condition_holds_for(
    world, rule, at, few
):
    rule = placed(rule)
    with mock.patch.multiple(selecting, FEW=few, EXACT=few):
        found = rules.select(rules.everyone(), rule, at)
    assert set(found.contacts.values_list("pk", flat=True)) == replay(rule, at, world)
    assert not found.many or found.contacts.count() > few


@settings(max_examples=25, **COMMON)
@given(rule=RULE, at=MOMENT, data=st.data())
def test_an_explanation_is_the_verdict_of_the_rule(world, rule, at, data):
    rule = placed(rule)
    contact = data.draw(ONE(world))
    chosen = rules.compile_rule(rule, at, among=[contact.pk]).exists()
    assert rules.explain(rule, contact.pk, at).holds is chosen


@settings(max_examples=25, **COMMON)
@given(rule=RULE)
def test_every_drawn_rule_is_without_problems(world, rule):
    rule = placed(rule)
    assert rules.problems(rule) == []
    assert rules.sentence(rule)


@pytest.mark.slow
@settings(max_examples=10_000, **COMMON)
@given(rule=RULE, at=MOMENT)
def test_ten_thousand_rules_choose_whom_a_replay_chooses(world, rule, at):
    rule = placed(rule)
    assert set(rules.compile_rule(rule, at)) == replay(rule, at, world)


# These have exact tests of their own.
ELSEWHERE = {
    *("campaign", "open_deal", "closed_deals", "organisation_attribute"),
    *("rated", "sent_form", "picked"),
}


def test_the_replay_knows_every_condition_but_a_few():
    assert set(registered()) - set(MEANINGS) <= ELSEWHERE
