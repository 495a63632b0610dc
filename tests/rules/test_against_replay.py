"""Random rules over a small world: the one query equals a replay in plain Python."""

import datetime as dt
from functools import partial
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Page

from crm_plugin import rules
from crm_plugin.models import Campaign, ImportBatch, Mailing
from crm_plugin.rules import driving, selecting
from crm_plugin.rules.registry import registered
from crm_plugin.segments.ready_made import condition, group
from tests.conftest import pytest_terminal_summary
from tests.rules import world as world_module
from tests.rules.replay import MEANINGS, load, replay
from tests.rules.world import NOON, SPAN, build

pytestmark = pytest.mark.django_db
ONE = st.sampled_from
DAYS = ONE(SPAN)
MONTHS = ONE([1, 2, 3, 12])


def one(name, /, **fields):
    """A strategy for one condition; plain values stand as they are."""
    drawn = {
        key: value if isinstance(value, st.SearchStrategy) else st.just(value)
        for key, value in fields.items()
    }
    return st.fixed_dictionaries(drawn).map(lambda value: condition(name, **value))


def asking(leaf):
    """What is drawn by *leaf* and says something: one of its fields is filled."""
    return leaf.filter(
        lambda node: any(said not in (None, "", []) for said in node["value"].values())
    )


def some(*choices):
    return st.lists(ONE(choices), min_size=1, unique=True)


def dated(name, /, *kinds, calendar=rules.periods.CALENDAR, **fields):
    """A condition with a period of one of *kinds*, or one of the *calendar*."""
    kinds = kinds or ("ever", "last", "before", "ago", "dates")
    kinds = (*kinds, *kinds, *calendar)
    near_and_far = st.tuples(DAYS, DAYS).map(sorted)

    def with_period(drawn):
        node, when, months, (near, far) = drawn
        period = {"when": when, "days": near, "days_to": far, "months": months}
        if when == "dates":
            period["from_on"] = None if far > 180 else days_ago(far)
            period["to_on"] = days_ago(near)
        if when == "whole dates":
            period |= {"when": "dates", "from_on": days_ago(far)}
            period["to_on"] = days_ago(near)
        return condition(name, **{**node["value"], **period})

    drawn = (one(name, **fields), ONE(kinds), MONTHS, near_and_far)
    return st.tuples(*drawn).map(with_period)


def days_ago(days):
    return NOON.date() - dt.timedelta(days=days)


SOMETIMES = ONE([False, True])
COUNT = {
    "how": ONE(["at_least", "at_most", "exactly", "none"]),
    "number": ONE([0, 1, 2]),
}
SORT = {
    "kind": ONE(["", "call"]),
    "direction": ONE(["", "in"]),
    "phase": ONE(["", "", "sales"]),
    "tag": ONE(["", "", "vip"]),
    "words": ONE(["", "", "menu", "MENU for"]),
    "channel": ONE(["", "", "phone"]),
}
ROLES = ONE([[], ["main"], ["main", "decides"]])
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
    one(
        "attribute",
        attribute="rooms",
        operator=ONE(["at_least", "number_is", "filled", "empty"]),
        number=ONE([5, 10]),
    ),
    one(
        "attribute",
        attribute="rooms",
        operator=ONE(["grew", "fell"]),
        years=ONE([1, 1, 2, 3]),
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
        attribute="story",
        operator=ONE(["contains", "starts"]),
        text=ONE(["wine", "Came", "came for"]),
    ),
    one(
        "attribute",
        attribute=ONE(["taste", "likes", "wedding", "story"]),
        operator=ONE(["filled", "empty"]),
    ),
    one("attribute", attribute="vip", operator=ONE(["empty", "filled"])),
    one(
        "attribute",
        attribute="likes",
        operator="all_of",
        choices=some("likes:lunch", "likes:dinner", "likes:wine"),
    ),
    dated(
        "attribute",
        *("last", "before", "ago", "next", "next_month", "dates"),
        attribute="wedding",
        operator="date",
    ),
    dated(
        "attribute",
        *("last", "before", "ago", "dates"),
        attribute=ONE(
            ["taste", "likes", "points", "vip", "wedding", "nickname", "story"]
        ),
        operator="recorded",
    ),
    one(
        "anniversary",
        attribute="wedding",
        kind=ONE(["next", "month", "this_month", "next_month"]),
        days=ONE([0, 6, 7, 60, 300, 364]),
        month=ONE(["2", "12"]),
    ),
]
PERSON = [
    one("language", languages=some("ja", "en")),
    one("heard_from", answers=some("search", "passing")),
    one("owner", owner=ONE(["nobody", "sato"])),
    dated("created", "last", "before", "ago"),
    one(
        "birthday",
        kind=ONE(["next", "month", "this_month", "next_month", "unknown"]),
        days=ONE([0, 6, 7, 60, 300, 364]),
        month=ONE(["2", "12"]),
    ),
    one(
        "point",
        kind=ONE(["email", "phone"]),
        state=ONE(["any", "none", "confirmed", "unconfirmed", "undeliverable"]),
    ),
    asking(
        one("age", youngest=ONE([None, 0, 26, 36]), oldest=ONE([None, 36, 42, 130]))
    ),
    asking(
        one(
            "affiliation",
            roles=ONE([[], [], ["decides"], ["decides", "influences"], ["uses"]]),
            budget=ONE([None, None, 60_000, 100_000]),
            title=ONE(["", "", "chef"]),
            department=ONE(["", "", "sales"]),
        )
    ),
    one("confirmed", state=ONE(["confirmed", "provisional"])),
    one(
        "place",
        prefecture=ONE(["", "北海道", "北海道、東京", "tokyo"]),
        city=ONE(["旭", "旭川市", "旭川市、札幌市"]),
    ),
    one("place", prefecture="", city="", postal_code=ONE(["070", "070-8、100"])),
    one(
        "name",
        which=ONE(["name", "reading"]),
        test=ONE(["starts", "empty", "filled"]),
        text=ONE(["tan", "たな", "花"]),
    ),
    dated("introductions", kind=ONE(["brought", "came"]), **COUNT),
    one("share", percent=ONE([1, 33, 50, 99]), key=ONE(["spring", "autumn"])),
    dated(
        "first_touch",
        landing=ONE(["", "lunch"]),
        referrer=ONE(["", "search.example"]),
    ),
    one(
        "preference",
        wish=ONE(["channel", "frequency", "paused"]),
        channel=ONE(["email", "post"]),
        frequency=ONE(["every", "weekly"]),
    ),
    one("source", what="source", name=ONE(["web", "Instagram"])),
    one("source", what="campaign", name="spring"),
    one("organisation", state=ONE(["any", "none", "named"]), name=ONE(["hika", "zen"])),
    dated(
        "consent",
        topic="newsletter",
        state=ONE(["none", "granted", "pending", "withdrawn"]),
        channel=ONE(["", "email", "phone"]),
    ),
]
SCORE = st.integers(1, 5)
ACT = ONE(["", "", "booking", "use", "sales", "answer", "submit"])


def scored(pairs):
    """The condition on RFM scores between each pair of numbers."""
    value = {}
    for name, (least, most) in pairs.items():
        value |= {f"{name}_from": least, f"{name}_to": most}
    return condition("rfm", **value)


def never_left(node):
    """The same group at the start and at the end."""
    before, after = node["value"]["before"]
    value = {**node["value"], "before": before, "after": after}
    return {**node, "value": value}


BEHAVIOUR = [
    one("stage", stages=some("first", "second", "dormant")),
    dated("uses", category=CATEGORY, **COUNT),
    dated(
        "which_use",
        *("last", "before", "ago", "dates"),
        number=ONE([1, 2, 3]),
        or_later=SOMETIMES,
    ),
    dated("last_use", "last", "before", "ago", "dates", or_never=SOMETIMES),
    one(
        "rhythm",
        measure=ONE(["gap", "rate"]),
        how=ONE(["at_most", "at_least"]),
        number=ONE([1, 2, 4, 10, 30, 36, 90]),
    ),
    one("late"),
    one(
        "contact_days",
        how=ONE(["at_least", "at_most"]),
        number=ONE([0, 1, 2, 4]),
        window=ONE(["30", "90", "365"]),
    ),
    one("contact_trend", trend=ONE(["halved", "fewer", "more", "doubled"])),
    one(
        "best",
        percent=ONE([1, 20, 50, 99]),
        measure=ONE(["days", "sales", "both"]),
    ),
    dated("more_uses", "last", "ever", more="lunch", less="dinner"),
    dated("more_uses", "last", "ever", more="dinner", less="lunch"),
    dated(
        "purchases",
        measure=ONE(["count", "sum", "average"]),
        how=ONE(["at_least", "at_most", "exactly", "none"]),
        number=ONE([0, 1, 2, 500, 1500]),
        category=CATEGORY,
        product=ONE(["", "", "cake"]),
        channel=ONE(["", "", "web"]),
        payment=ONE(["", "", "card"]),
    ),
    dated(
        "purchase_day",
        which=ONE(["first", "last"]),
        category=CATEGORY,
        product=ONE(["", "", "cake"]),
        or_never=SOMETIMES,
    ),
    dated(
        "purchase_day",
        which="began",
        category=ONE(["lunch", "dinner"]),
        product=ONE(["", "cake"]),
        or_never=SOMETIMES,
    ),
    st.fixed_dictionaries(
        {
            name: st.tuples(SCORE, SCORE).map(sorted)
            for name in ("recency", "frequency", "monetary")
        }
    )
    .filter(lambda drawn: any(pair != [1, 5] for pair in drawn.values()))
    .map(scored),
    dated(
        "bookings",
        *("ever", "last", "before", "ago", "next", "next_month"),
        kind=ONE(["made", "came", "no_show", "cancelled", "standing"]),
        service=ONE(["", "table"]),
        **COUNT,
    ),
    dated("touchpoints", **SORT, **COUNT),
    dated(
        "latest_touchpoint",
        *("last", "before", "ago", "dates"),
        **SORT,
        or_never=SOMETIMES,
    ),
    one(
        "touchpoint_trend",
        **SORT,
        trend=ONE(["halved", "fewer", "more", "doubled"]),
        days=ONE([1, 7, 30, 90]),
    ),
    dated("last_touch", "last", "before", "ago", "dates", or_never=SOMETIMES),
    one("open_inquiry", kind=ONE(["", "question", "complaint"])),
    # Staff are called by name here, and by their number in the world.
    dated(
        "inquiries",
        state=ONE(["any", "any", "open", "overdue", "closed"]),
        kind=ONE(["", "", "complaint"]),
        owner=ONE(["", "", "", "nobody", "sato"]),
        day=ONE(["received_at", "due_at", "closed_at"]),
        **COUNT,
    ),
    dated(
        "follow_up",
        *("ever", "ever", "last", "before", "ago", "next", "dates"),
        state=ONE(["open", "late", "done", "any"]),
        owner=ONE(["", "", "", "nobody", "sato"]),
        phase=ONE(["", "", "sales"]),
        channel=ONE(["", "", "phone"]),
    ),
    dated(
        "waiting",
        *("ever", "next", "dates"),
        calendar=("this_month", "next_month"),
        service=ONE(["", "table"]),
    ),
    dated(
        "stage_touchpoints",
        stages=some("first", "second", "dormant"),
        channel=ONE(["", "", "phone"]),
        **COUNT,
    ),
    dated(
        "messages",
        kind=ONE(["sent", "clicked"]),
        topic=ONE(["", "", "newsletter"]),
        **COUNT,
    ),
    # A campaign is named by its name here, and by its number in the world.
    dated(
        "campaign",
        *("ever", "last", "before", "dates"),
        campaign=ONE(["spring", "may", "gift", "ask"]),
        kind=ONE(["sent", "clicked", "silent", "converted", "unconverted"]),
        act=ACT,
    ),
    dated(
        "mailing",
        *("ever", "last", "before", "dates"),
        mailing=ONE(["spring", "may", "gift", "ask", ""]),
        kind=ONE(["sent", "clicked", "silent", "converted", "unconverted"]),
        act=ACT,
    ),
    one("no_reaction", number=ONE([1, 2, 3, 4])),
    dated(
        "segment",
        segment="inner",
        state=ONE(["in", "out", "was", "entered", "left"]),
    ),
    dated(
        "moved",
        *("last", "whole dates"),
        before=ONE(["", ":none", "a", "b", "c"]),
        after=ONE(["a", "b"]),
        throughout=False,
    ),
    dated(
        "moved",
        *("last", "whole dates"),
        before=ONE(["stage:first", "stage:second", "stage:dormant"]),
        after=ONE(["", ":none", "stage:first", "stage:dormant"]),
        throughout=False,
    ),
    dated(
        "moved",
        *("last", "whole dates"),
        before=ONE([("a",) * 2, ("stage:first",) * 2]),
        after="",
        throughout=True,
    ).map(never_left),
    one(
        "open_deal",
        stages=ONE([[], ["offer"], ["question", "offer"]]),
        size=ONE(["any", "at_least", "at_most"]),
        amount=ONE([50_000, 100_000]),
        age=ONE(["any", "longer", "shorter"]),
        open_days=DAYS,
        due=ONE(["any", "late", "soon"]),
        due_days=ONE([0, 1, 30]),
        roles=ROLES,
    ),
    dated(
        "closed_deals",
        outcome=ONE(["won", "lost"]),
        roles=ROLES,
        reasons=ONE([[], ["price"]]),
        **COUNT,
    ),
    one(
        "plan",
        plans=ONE([[], ["plus"], ["basic", "plus"]]),
        state=ONE(["now", "ever", "ends"]),
        days=ONE([0, 30, 400]),
    ),
    *(
        one(
            f"first_{what}_anniversary",
            kind=ONE(["next", "month", "this_month", "next_month"]),
            days=ONE([0, 60, 364]),
            month=ONE(["1", "2", "3", "12"]),
        )
        for what in ("use", "purchase")
    ),
    dated(
        "plan_change",
        change=ONE(["up", "down", "begun", "ended"]),
        plans=ONE([[], ["plus"]]),
    ),
]
REST = [
    one(
        "organisation_attribute",
        attribute=ONE(["staff", "beds", "heads"]),
        operator=ONE(["at_least", "number_is", "between", "filled", "empty"]),
        number=ONE([5, 10]),
        number_to=ONE([10, 40]),
    ),
    one(
        "organisation_attribute",
        attribute="motto",
        operator=ONE(["is", "contains", "starts", "empty"]),
        text=ONE(["Light", "rest"]),
    ),
    one(
        "organisation_attribute",
        attribute="branch",
        operator="one_of",
        choices=some("branch:inn", "branch:hall"),
    ),
    dated(
        "organisation_attribute",
        *("last", "before", "ago", "dates"),
        attribute=ONE(["staff", "beds", "heads", "motto", "branch"]),
        operator="recorded",
    ),
    one(
        "organisation_attribute",
        attribute="beds",
        operator=ONE(["grew", "fell"]),
        years=ONE([1, 2]),
    ),
    dated(
        "rated",
        *("ever", "last", "before", "dates"),
        which=ONE(["latest", "any"]),
        scale=ONE(["nps", "stars"]),
        least=ONE([0, 2, 3]),
        most=ONE([3, 5]),
    ),
    # Named by the page's name, and the sheet's, here; by their numbers in the world.
    dated(
        "sent_form",
        page=ONE(["", "about", "lunch"]),
        trust=ONE(["sent", "confirmed"]),
        **COUNT,
    ),
    dated("claim"),
    one("picked", segment="hand"),
    one(
        "score",
        score="warm",
        how=ONE(["at_least", "at_most", "between", "top"]),
        number=ONE([-5, 0, 1, 10]),
        number_to=ONE([10, 24]),
        percent=ONE([1, 20, 50, 99]),
    ),
    one(
        "imported",
        batch=ONE(["sheet.csv", "till.csv"]),
        kind=ONE(["any", "made", "changed"]),
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


def staff(name):
    return str(User.objects.get(username=name).pk) if name == "sato" else name


NUMBERS = {
    "batch": lambda name: ImportBatch.objects.get(file_name=name).pk,
    "campaign": lambda name: Campaign.objects.get(name=name).pk,
    "owner": staff,
}


def placed(node):
    """The same rule, or node, with the numbers of its pages in this world."""
    if isinstance(node, list):
        return [placed(child) for child in node]
    value = dict(node["value"])
    if node["type"] == "group":
        value["conditions"] = placed(value["conditions"])
    if value.get("page"):
        number = Page.objects.get(slug=value["page"]).pk
        value["page"] = str(number) if node["type"] == "sent_form" else number
    for field, number in NUMBERS.items():
        if value.get(field):
            value[field] = number(value[field])
    if "mailing" in value:
        name = value["mailing"] or None
        found = Mailing.objects.filter(campaign__name=name)
        if name is None:
            found = Mailing.objects.filter(campaign=None)
        value["mailing"] = found.get().pk
    return {**node, "value": value}


LEAVES = [*ATTRIBUTES, *PERSON, *BEHAVIOUR, *REST, *VISITS]
LEAF = st.one_of(*LEAVES)


def groups_of(children):
    match = ONE(["all", "any", "none"])
    several = st.lists(children, min_size=1, max_size=3)
    return st.tuples(match, several).map(lambda drawn: group(drawn[0], *drawn[1]))


NODE = st.recursive(LEAF, groups_of, max_leaves=6).filter(lambda node: depth(node) <= 4)
RULE = st.lists(NODE, min_size=1, max_size=3)
# The last second of the day and the first of the next.
DAYS_END = NOON + dt.timedelta(hours=11.99999), NOON + dt.timedelta(hours=12)
MOMENT = ONE([NOON, *DAYS_END])
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


def depth(node):
    if node["type"] != "group":
        return 0
    return 1 + max(depth(child) for child in node["value"]["conditions"])


def chooses(rule, at, people):
    """Whom a replay chooses of *people*, who must be whom the one query chooses."""
    chosen = replay(rule, at, people)
    assert set(rules.compile_rule(rule, at)) == chosen
    return chosen


def one_in_and_one_out(people, chosen, turn):
    """One of the chosen and one of the others, where there are any."""
    others = [person.pk for person in people if person.pk not in chosen]
    return [some[turn % len(some)] for some in (sorted(chosen), others) if some]


def says_why(rule, at, pk, chosen):
    """What explains the rule to somebody tells them what the rule itself says."""
    assert rules.explain(rule, pk, at).holds is (pk in chosen), pk


def is_asked_of_few(rule, at, chosen, pks, *, known):
    """The same verdicts when only a few are looked at, as after a change of theirs."""
    found = rules.compile_rule(rule, at, among=rules.few(pks) if known else pks)
    assert set(found) == chosen & {*pks}


def begins_anywhere(rule, at, chosen, _pks, *, sample):
    """The same people, whichever set of the rule the query begins with."""
    with mock.patch.multiple(driving, WORTHWHILE=0, FEW=0, SAMPLE=sample):
        assert set(rules.compile_rule(rule, at)) == chosen


def is_listed(rule, at, chosen, _pks, *, few):
    """The same people in a list, however many a condition holds for."""
    with mock.patch.multiple(selecting, FEW=few, EXACT=few):
        found = rules.select(rules.everyone(), rule, at)
    assert set(found.contacts.values_list("pk", flat=True)) == chosen
    assert not found.many or found.contacts.count() > few


TURN = st.integers(0, 23)
WAYS = [
    *(partial(is_asked_of_few, known=known) for known in (False, True)),
    *(partial(begins_anywhere, sample=number) for number in (1, 5, 1_000)),
    *(partial(is_listed, few=number) for number in (3, 1_000)),
]


@settings(max_examples=300, **COMMON)
@given(rule=RULE, at=MOMENT, turn=TURN, asked=ONE(WAYS))
def test_a_rule_chooses_whom_a_replay_chooses_in_every_way_of_asking(
    world, rule, at, turn, asked
):
    rule = placed(rule)
    chosen = chooses(rule, at, world)
    some = one_in_and_one_out(world, chosen, turn)
    for pk in some:
        says_why(rule, at, pk, chosen)
    asked(rule, at, chosen, some)


@settings(max_examples=25, **COMMON)
@given(rule=RULE)
def test_every_drawn_rule_is_without_problems(world, settings, rule):
    settings.CRM_BEHAVIOUR_DAYS = 3_000
    rule = placed(rule)
    found = [text for text in rules.problems(rule) if "never true" not in text]
    assert found == []
    assert rules.sentence(rule)


# The days on which an hour is left out, and comes twice.
CHANGES = {
    "Europe/Berlin": dt.date(2026, 3, 29),
    "America/New_York": dt.date(2025, 11, 2),
}
HALF_HOURS = st.integers(-72, 72).map(lambda n: dt.timedelta(minutes=30 * n))
EDGE = ONE([dt.timedelta(0), -dt.timedelta(microseconds=1)])


@pytest.fixture(params=CHANGES)
def abroad(db, settings, request):
    """The same world where the clocks are changed, told around that day."""
    settings.TIME_ZONE = zone = request.param
    noon = dt.datetime.combine(CHANGES[zone], dt.time(12), ZoneInfo(zone))
    noon = noon.astimezone(dt.UTC)
    with mock.patch.object(world_module, "NOON", noon):
        build()
    return noon, load()


def around(node, noon):
    """The same rule, or node, with its dates as far from *noon* as they were from ours."""
    if isinstance(node, list):
        return [around(child, noon) for child in node]
    value = dict(node["value"])
    if node["type"] == "group":
        value["conditions"] = around(value["conditions"], noon)
    for end in ("from_on", "to_on"):
        if value.get(end):
            value[end] += noon.date() - NOON.date()
    return {**node, "value": value}


@settings(max_examples=150, **COMMON)
@given(rule=RULE, after=HALF_HOURS, edge=EDGE, turn=TURN)
def test_a_rule_chooses_whom_a_replay_chooses_where_the_clocks_are_changed(
    abroad, rule, after, edge, turn
):
    noon, people = abroad
    rule, at = around(placed(rule), noon), noon + after + edge
    chosen = chooses(rule, at, people)
    says_why(rule, at, people[turn % len(people)].pk, chosen)


def thousands(*moments):
    """Ten thousand in all, by two tests, so that two workers share them."""
    drawn = given(at=ONE(moments), rule=RULE, turn=TURN)
    return lambda test: settings(max_examples=5_000, **COMMON)(drawn(test))


@pytest.mark.slow
@pytest.mark.database
@thousands(NOON)
def test_thousands_of_rules_choose_whom_a_replay_chooses_at_noon(
    world, remembered, rule, at, turn
):
    is_the_same(rule, at, turn, world)


@pytest.mark.slow
@pytest.mark.database
@thousands(*DAYS_END)
def test_thousands_of_rules_choose_whom_a_replay_chooses_when_a_day_ends(
    world, remembered, rule, at, turn
):
    is_the_same(rule, at, turn, world)


def is_the_same(rule, at, turn, people):
    """The rule, and what explains it to one of them, says what a replay says.

    An explanation takes longer than the rest: on PostgreSQL one rule in four has one.
    """
    rule = placed(rule)
    chosen = chooses(rule, at, people)
    if connection.vendor == "postgresql" and turn % 4:
        return
    some = one_in_and_one_out(people, chosen, turn)
    says_why(rule, at, some[turn // 4 % len(some)], chosen)


# Asked of visits, see test_visits.
ELSEWHERE = {
    *("visit_utm", "visit_referrer", "visit_language", "visit_time"),
    *("visit_number", "visit_pages"),
}


def test_whatever_fails_tells_the_seeds_that_it_was_drawn_by(pytestconfig):
    seed = pytestconfig.getoption("--hypothesis-seed")
    told = f"Drawn by --hypothesis-seed={seed}, CRM_WORLD_SEED={world_module.SEED}"
    reporter = mock.Mock(stats={"failed": [1]})
    pytest_terminal_summary(reporter, pytestconfig)
    reporter.write_line.assert_called_once_with(told)


def test_the_replay_knows_every_condition_but_a_few():
    assert set(registered()) - set(MEANINGS) <= ELSEWHERE
