"""After any history the members are whom a refresh of everybody would choose."""

import datetime as dt
from collections import defaultdict
from contextlib import contextmanager, suppress
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_plugin import models, queue
from crm_plugin.scoring.refresh import refresh as work_out
from crm_plugin.segments import graph
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh
from tests import factories
from tests.rules import world
from tests.rules.test_against_replay import COMMON, LEAF, groups_of, placed
from tests.segments import acts
from tests.segments.acts import ACTS, REFUSALS, catch_up, drain

pytestmark = pytest.mark.django_db
PEOPLE = range(4)


def has(name, /, **value):
    return condition(name, how="at_least", number=1, when="ever", **value)


BOUGHT = condition(
    "purchases", measure="sum", how="at_least", number=1_000, when="last", days=30
)
IN_BOUGHT = condition("segment", segment="bought", state="in")
RATED = has("rated", which="any", scale="nps")
RULES = {
    "bought": [BOUGHT],
    # By its name it comes before what it rests on.
    "and-bought": [IN_BOUGHT, condition("segment", segment="inner", state="out")],
    "left-out": [group("none", IN_BOUGHT, RATED)],
}
# Whom these choose changes with others: everybody is asked once a day.
BY_THE_OTHERS = {"best", "rfm"}
RESTING = {"segment", "moved"}


def rules_of(refused):
    """Rules of one or two nodes, of any conditions but the *refused* ones."""

    def fits(node):
        top = node["value"].get("how") == "top"
        return node["type"] not in refused and not top

    leaf = LEAF.filter(fits)
    node = st.one_of(leaf, leaf, groups_of(leaf))
    return st.lists(node, min_size=1, max_size=2)


PLAIN = rules_of(BY_THE_OTHERS | RESTING)
# What rests on a segment, on where somebody stood, or on neither; two classes.
DRAWN = st.fixed_dictionaries(
    {"inner": PLAIN, "a": PLAIN, "b": PLAIN, "outer": rules_of(BY_THE_OTHERS)}
)


@pytest.fixture
def shop(db, time_machine):
    """A shop that offers all that a rule may ask about, and four people in it."""
    time_machine.move_to(world.NOON, tick=False)
    shop = world.offered()
    shop["clock"] = time_machine
    talked = factories.line(has("touchpoints"), points=10, given="each")
    bought = factories.line(BOUGHT, points=5)
    models.Score.objects.update(lines=[talked, bought])
    shop["renderings"] = [
        factories.RenderingFactory(mailing=mailing) for mailing in shop["mailings"]
    ]
    for rendering in shop["renderings"]:
        rendering.links.create(position=1, url="https://shop.example/")
    service = shop["service"]
    service.lead_hours, service.days_ahead = 0, 30
    service.save()
    for weekday in range(7):
        factories.SlotFactory(service=service, weekday=weekday, starts=dt.time(12))
    for key, rule in {**RULES, "outer": []}.items():
        factories.SegmentFactory(key=key, rule=rule)
    people = [factories.ContactFactory(language="ja") for _number in PEOPLE]
    for person in people:
        address = f"{person.pk}@mail.example"
        factories.PointFactory(contact=person, kind="email", value=address)
    shop["ids"] = [person.pk for person in people]
    return shop


def in_order():
    segments = list(models.Segment.objects.all())
    return graph.ordered(segments, graph.needs_of(segments))


def begins(drawn):
    """The drawn rules are in force, and everybody was looked at once."""
    for key, rule in drawn.items():
        row = models.Segment.objects.get(key=key)
        row.rule = placed(rule)
        row.save()
    for segment in in_order():
        refresh(segment)


def happens(history, shop):
    """Minute by minute; what a verb refuses did not happen."""
    for act, who, number in history:
        shop["clock"].shift(60)
        person = models.Contact.objects.filter(pk=shop["ids"][who]).first()
        if person is not None:
            with suppress(*REFUSALS), transaction.atomic():
                act(person, number, shop)


def is_as_if_everybody_were_asked():
    assert not models.ContactChange.objects.exists()
    moved = [score for score in models.Score.objects.all() if work_out(score)]
    assert moved == []
    drain()
    for segment in in_order():
        stays = models.SegmentMembership.objects.filter(segment=segment, left_at=None)
        segment.refresh_from_db()
        assert segment.size == stays.count(), segment.key
        done = refresh(segment)
        assert (segment.key, done.entered, done.left) == (segment.key, 0, 0)


def follow_each_other():
    """The stays of one person in a segment, and in all classes of a scheme."""
    stays = defaultdict(list)
    for row in models.SegmentMembership.objects.select_related("segment"):
        one = row.segment.scheme_id and f"scheme {row.segment.scheme_id}"
        stays[one or row.segment.key, row.contact_id].append(row)
    for (what, _contact), rows in stays.items():
        rows.sort(key=lambda row: (row.entered_at, row.left_at is None, row.left_at))
        for row, later in pairwise(rows):
            assert row.left_at is not None, what
            assert row.entered_at <= row.left_at <= later.entered_at, what


@contextmanager
def for_once(shop):
    """As if it had not been: each history begins with the same four people."""
    ids = [*shop["ids"]]
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    shop["ids"] = ids
    shop["clock"].move_to(world.NOON, tick=False)


def tell(drawn, history, shop):
    with for_once(shop):
        begins(drawn)
        happens(history, shop)
        catch_up()
        is_as_if_everybody_were_asked()
        follow_each_other()


STEP = st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE), st.integers(0, 2))
HISTORY = st.lists(STEP, min_size=1, max_size=12)


FIRM = {"attribute": "staff", "operator": "at_least", "number": 45}
JAPANESE = [condition("language", languages=["ja"])]
PLAINLY = {"inner": JAPANESE, "a": JAPANESE, "b": JAPANESE}
PLAINLY["outer"] = [condition("organisation_attribute", **FIRM)]


SHEET = [(acts.import_sheet, 0, 0), (acts.drain, 0, 0), (acts.undo_sheet, 0, 0)]
SELDOM = {
    "a sheet": SHEET,
    "a firm of a sheet": [(acts.join, 1, 0), *SHEET],
    "nobody confirmed": [
        *((acts.appear_unconfirmed, 0, 0), (acts.drain, 0, 0)),
        (acts.night_comes, 0, 2),
    ],
    "merged and parted": [
        *((acts.appear, 0, 0), (acts.merge, 0, 0), (acts.drain, 0, 0)),
        (acts.part, 0, 0),
    ],
}


@pytest.mark.parametrize("history", SELDOM.values(), ids=SELDOM)
def test_what_drawing_seldom_tells_ends_where_everybody_ends(shop, history):
    """Whoever is gone is no longer counted, and what went with a sheet is noticed."""
    tell(PLAINLY, history, shop)


ANY_STEP = {"state": "any", "owner": "", "phase": "", "channel": "", "when": "ever"}
WAITS = condition("waiting", service="", when="ever")
CLAIMED = condition("claim", when="ever")
OF_A_FIRM = {"roles": [], "budget": None, "title": "", "department": ""}
IN_SALES = condition("affiliation", **{**OF_A_FIRM, "department": "sales"})
NOBODYS = condition("owner", owner="nobody")
# The last act of each is what whoever asks about it must notice.
NOTICED = {
    "a step": ([(acts.plan_step, 0)], condition("follow_up", **ANY_STEP)),
    "a step that is done": (
        [(acts.plan_step, 0), (acts.do_step, 1)],
        condition("follow_up", **{**ANY_STEP, "state": "done"}),
    ),
    "a step that is done no longer": (
        [(acts.plan_step, 0), (acts.do_step, 1), (acts.do_step, 0)],
        condition("follow_up", **{**ANY_STEP, "state": "open"}),
    ),
    "a step put off": (
        [(acts.plan_step, 0), (acts.move_step, 1)],
        condition("follow_up", **{**ANY_STEP, "state": "late"}),
    ),
    "who waits": ([(acts.wait, 1)], WAITS),
    "who waits by a form": ([(acts.answer_by_form, 2)], WAITS),
    "who left the list": ([(acts.wait, 1), (acts.leave_the_list, 0)], WAITS),
    "who came back to it": (
        [(acts.wait, 1), (acts.leave_the_list, 0), (acts.leave_the_list, 1)],
        WAITS,
    ),
    "who got a place": ([(acts.wait, 1), (acts.leave_the_list, 2)], WAITS),
    "who was seated": ([(acts.wait, 1), (acts.seat, 0)], WAITS),
    "a claim": ([(acts.answer_by_form, 0)], CLAIMED),
    "a claim of who books": ([(acts.answer_by_form, 1)], CLAIMED),
    "a form that books": (
        [(acts.answer_by_form, 1)],
        has("sent_form", page="", trust="sent"),
    ),
    "a claim refused": ([(acts.answer_by_form, 0), (acts.decide_claim, 0)], CLAIMED),
    "a claim accepted": ([(acts.answer_by_form, 0), (acts.decide_claim, 1)], CLAIMED),
    "another person": ([(acts.answer_by_form, 0), (acts.decide_claim, 2)], CLAIMED),
    "an owner": ([(acts.give_owner, 2)], NOBODYS),
    "an owner who goes": ([(acts.give_owner, 2), (acts.colleague_goes, 0)], NOBODYS),
    "a place": ([(acts.join, 0)], IN_SALES),
    "a department renamed": ([(acts.join, 0), (acts.change_department, 0)], IN_SALES),
    "a department removed": ([(acts.join, 0), (acts.change_department, 2)], IN_SALES),
}


def inside(key):
    stays = models.SegmentMembership.objects.filter(segment__key=key, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


def test_whoever_asks_about_an_act_notices_it(shop):
    for what, (history, question) in NOTICED.items():
        *before, last = [(act, 0, number) for act, number in history]
        with for_once(shop):
            begins({**PLAINLY, "inner": [question]})
            happens(before, shop)
            drain()
            were = inside("inner")
            happens([last], shop)
            drain()
            assert inside("inner") != were, what
            done = refresh(models.Segment.objects.get(key="inner"))
            assert (done.entered, done.left) == (0, 0), what


@pytest.mark.parametrize(("number", "key"), [(0, "a"), (1, "b"), (2, "outer")])
def test_a_rule_that_is_published_anew_is_noticed(shop, number, key):
    everybody = condition("confirmed", state="confirmed")
    drawn = {"inner": [everybody], "a": [BOUGHT], "b": [everybody], "outer": [BOUGHT]}
    if key == "b":
        drawn["b"] = [BOUGHT]
    begins(drawn)
    assert inside(key) == set()
    happens([(acts.publish_anew, 0, number)], shop)
    queue.run_due("segment")
    assert inside(key) == {*shop["ids"]}


@settings(max_examples=30, **COMMON)
@given(drawn=DRAWN, history=HISTORY)
def test_changed_contacts_end_where_everybody_ends(shop, drawn, history):
    tell(drawn, history, shop)


@pytest.mark.slow
@pytest.mark.database
@settings(max_examples=100 if connection.vendor == "postgresql" else 200, **COMMON)
@given(drawn=DRAWN, history=HISTORY)
def test_hundreds_of_histories_end_where_everybody_ends(shop, drawn, history):
    tell(drawn, history, shop)
