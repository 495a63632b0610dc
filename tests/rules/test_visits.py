"""Rules about a visit: in memory, in three values, equal to a replay by brute force."""

import datetime as dt
import itertools

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_plugin import rules
from crm_plugin.personalisation.visit import Memory, Visit
from crm_plugin.rules.registry import registered
from crm_plugin.segments.ready_made import condition, group

ONE = st.sampled_from
# A Monday.
MONDAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def a_visit(**said):
    return Visit(**{"at": MONDAY.replace(hour=12), **said})


# What each condition means, said once more; None where it is not known.


def marks(value, visit):
    if visit.utm is None:
        return None
    return all(
        visit.utm.get(f"utm_{name}", "").lower() in value[name].lower().split(",")
        for name in ("source", "medium", "campaign")
        if value[name]
    )


def referrer(value, visit):
    if visit.referrer is None:
        return None
    if value["kind"] == "site":
        parts = visit.referrer.split(".")
        tails = {".".join(parts[n:]) for n in range(len(parts))}
        return bool(tails & set(value["sites"].split(",")))
    return (visit.referrer == "") == (value["kind"] == "none")


def language(value, visit):
    if not visit.language:
        return None
    known = visit.language[:2] if visit.language[:2] in ("ja", "en") else "other"
    return known in value["languages"]


def clock(value, visit):
    """Walk from the beginning, minute by minute, and see whether we meet the visit."""
    begins = dt.time.fromisoformat(value["from_time"])
    ends = dt.time.fromisoformat(value["to_time"])
    for days_ago in (0, 1):
        day = visit.at.date() - dt.timedelta(days=days_ago)
        if value["weekdays"] and str(day.weekday()) not in value["weekdays"]:
            continue
        moment = dt.datetime.combine(day, begins, tzinfo=visit.at.tzinfo)
        while moment.time() != ends:
            if moment == visit.at:
                return True
            moment += dt.timedelta(minutes=30)
    return False


def number(value, visit):
    if visit.memory is None:
        return None
    return (visit.memory.visits == 1) == (value["kind"] == "first")


def pages(value, visit):
    if visit.memory is None:
        return None
    count = visit.memory.count
    if value["address"]:
        count = len([path for path in visit.memory.paths if value["address"] in path])
    wanted = value["number"]
    return {
        "at_least": count >= wanted,
        "at_most": count <= wanted,
        "exactly": count == wanted,
        "none": count == 0,
    }[value["how"]]


MEANINGS = {
    "visit_utm": marks,
    "visit_referrer": referrer,
    "visit_language": language,
    "visit_time": clock,
    "visit_number": number,
    "visit_pages": pages,
}


def one(name, **fields):
    return st.fixed_dictionaries(fields).map(lambda value: condition(name, **value))


HALF_HOURS = ONE([f"{h:02}:{m:02}:00" for h in (0, 1, 9, 12, 21, 23) for m in (0, 30)])
LEAVES = [
    one(
        "visit_utm",
        source=ONE(["", "newsletter", "Flyer,newsletter"]),
        medium=ONE(["", "mail"]),
        campaign=ONE(["spring", "SPRING"]),
    ),
    one(
        "visit_referrer",
        kind=ONE(["site", "any", "none"]),
        sites=ONE(["search.example", "news.example,maps.example"]),
    ),
    one(
        "visit_language",
        languages=st.lists(ONE(["ja", "en", "other"]), min_size=1, unique=True),
    ),
    one(
        "visit_time",
        from_time=HALF_HOURS,
        to_time=HALF_HOURS,
        weekdays=st.lists(ONE(["0", "1", "6"]), unique=True),
    ).filter(lambda node: node["value"]["from_time"] != node["value"]["to_time"]),
    one("visit_number", kind=ONE(["first", "returning"])),
    one(
        "visit_pages",
        how=ONE(["at_least", "at_most", "exactly", "none"]),
        number=ONE([0, 1, 2, 3]),
        address=ONE(["", "/menu", "/ランチ"]),
    ),
]
NODE = st.recursive(
    st.one_of(*LEAVES),
    lambda children: st.tuples(
        ONE(["all", "any", "none"]), st.lists(children, min_size=1, max_size=3)
    ).map(lambda drawn: group(drawn[0], *drawn[1])),
    max_leaves=6,
)
MEMORY = st.builds(
    Memory,
    visits=ONE([1, 2, 7]),
    count=ONE([0, 1, 2, 5]),
    paths=st.lists(ONE(["/ja/", "/ja/menu/", "/ja/ランチ/"]), max_size=3).map(tuple),
)
VISIT = st.builds(
    Visit,
    at=st.tuples(ONE([-1, 0, 1]), ONE(range(48))).map(
        lambda drawn: MONDAY + dt.timedelta(days=drawn[0], minutes=30 * drawn[1])
    ),
    language=ONE(["", "ja", "en-gb", "de"]),
    utm=ONE(
        [
            None,
            {},
            {"utm_source": "Newsletter", "utm_campaign": "spring"},
            {"utm_source": "flyer", "utm_medium": "mail", "utm_campaign": "Spring"},
        ]
    ),
    referrer=ONE([None, "", "search.example", "m.search.example", "research.example"]),
    memory=st.one_of(st.none(), MEMORY),
)


def leaves_of(node):
    if node["type"] != "group":
        return [node]
    return [leaf for child in node["value"]["conditions"] for leaf in leaves_of(child)]


def verdict(node, answers):
    """Of one node, with an answer for each leaf in turn."""
    if node["type"] != "group":
        return next(answers)
    found = [verdict(child, answers) for child in node["value"]["conditions"]]
    match = node["value"]["match"]
    return {"all": all, "any": any}.get(match, lambda all_: not any(all_))(found)


def replayed(rule, visit):
    """What comes out whatever the unknown may be, else None."""
    whole = group("all", *rule)
    known = [MEANINGS[leaf["type"]](leaf["value"], visit) for leaf in leaves_of(whole)]
    options = [(True, False) if answer is None else (answer,) for answer in known]
    found = {verdict(whole, iter(answers)) for answers in itertools.product(*options)}
    return found.pop() if len(found) == 1 else None


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(rule=st.lists(NODE, min_size=1, max_size=3), visit=VISIT)
def test_a_rule_holds_for_the_visits_that_a_replay_holds_it_for(rule, visit):
    assert rules.holds(rule, visit) is replayed(rule, visit)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(rule=st.lists(NODE, min_size=1, max_size=3))
def test_every_drawn_rule_is_without_problems_and_has_a_sentence(rule):
    assert rules.problems(rule, visits=True) == []
    assert rules.sentence(rule).startswith("Visits with")


def test_the_replay_knows_every_condition_on_visits():
    ours = {name for name, known in registered().items() if known.about_visit}
    assert ours == MEANINGS.keys()


EVENING = condition("visit_time", from_time="17:00:00", to_time="22:00:00")
MAIL = condition("visit_utm", source="newsletter")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ([MAIL], "Visits with a link with utm_source “newsletter”"),
        ([EVENING], "Visits with a time from 17:00 to 22:00"),
        (
            [MAIL, group("none", EVENING)],
            "Visits with a link with utm_source “newsletter”, but without a time from"
            " 17:00 to 22:00",
        ),
        (
            [group("none", condition("visit_number", kind="returning"))],
            "Visits without an earlier visit",
        ),
        (
            [condition("visit_pages", how="at_least", number=3, address="/menu")],
            "Visits with at least 3 pages read before, with “/menu” in the address",
        ),
        (
            [condition("visit_referrer", kind="site", sites="https://www.a.example/x")],
            "Visits with the referring site a.example",
        ),
    ],
)
def test_the_sentence_speaks_of_visits(rule, said):
    assert rules.sentence(rule) == said


def test_the_sentence_is_japanese_in_japanese():
    with translation.override("ja"):
        assert rules.sentence([EVENING]).endswith("の訪問")


def test_a_night_belongs_to_the_day_on_which_it_began():
    night = condition(
        "visit_time", from_time="22:00:00", to_time="02:00:00", weekdays=["0"]
    )
    early = MONDAY.replace(hour=1)
    assert not rules.holds([night], a_visit(at=early))
    assert rules.holds([night], a_visit(at=early + dt.timedelta(days=1)))


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (condition("visit_utm"), "Fill in at least one of the marks."),
        (
            condition("visit_time", from_time="09:00:00", to_time="09:00:00"),
            "From and to are the same time.",
        ),
        (condition("visit_referrer", kind="site", sites=""), "Please fill this in."),
    ],
)
def test_what_cannot_be_meant_is_refused(node, problem):
    (found,) = rules.problems([node], visits=True)
    assert problem in found


def test_people_and_a_visit_are_never_asked_for_together():
    both = [EVENING, group("any", condition("language", languages=["ja"]))]
    assert "people and about a visit" in rules.problems(both, visits=True)[0]
    assert rules.holds(both, a_visit()) is not True
    assert not rules.about_visits(both)


def test_a_visit_chooses_no_contacts():
    with pytest.raises(rules.BrokenRule, match="chooses no contacts"):
        rules.compile_rule([group("none", EVENING)])
    assert "chooses no contacts" in rules.problems([EVENING])[0]


def test_nothing_is_known_of_a_rule_that_nobody_knows():
    assert rules.holds([EVENING, condition("shop_gone", x=1)], a_visit()) is None
    assert rules.holds([], a_visit()) is None


def test_an_unfinished_value_is_nobodys():
    assert rules.holds([condition("visit_utm")], a_visit()) is None
    assert rules.holds([condition("visit_time")], a_visit()) is None
