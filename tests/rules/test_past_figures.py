"""What nights have summed up, as of past days: contact days, rhythm, shares, fifths."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm_plugin import models, rules
from crm_plugin.lifecycle import uses
from crm_plugin.sales import summaries
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints import frequency
from tests import factories

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 3, 1)
ONE, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
ALL = {f"{name}_from": 1 for name in ("recency", "frequency", "monetary")}
ALL |= {f"{name}_to": 5 for name in ("recency", "frequency", "monetary")}
OFTEN = {"how": "at_least", "number": 1, "window": "30"}


@pytest.fixture(autouse=True)
def clock():
    """Long after the day that is asked about."""
    now = dt.datetime(2026, 6, 15, 12, tzinfo=TOKYO)
    with time_machine.travel(now, tick=False):
        yield


def begin(ahead):
    """The first moment of a day so many days after ``DAY``."""
    return dt.datetime.combine(DAY + dt.timedelta(days=ahead), dt.time.min, TOKYO)


def someone():
    contact = factories.ContactFactory()
    models.Contact.objects.filter(pk=contact.pk).update(created_at=begin(-900))
    return contact


def talked(*moments, **said):
    contact = someone()
    for at in moments:
        factories.TouchpointFactory(contact=contact, at=at, **said)
    return contact.pk


def bought(sales):
    """Who bought for so much on each of these days, told from ``DAY``."""
    contact = someone()
    for ahead, amount in sales.items():
        factories.PurchaseFactory(contact=contact, at=begin(ahead), amount=amount)
    return contact.pk


def used(*days):
    contact = someone()
    for number, ahead in enumerate(days, 1):
        on = DAY + dt.timedelta(days=ahead)
        factories.UseFactory(contact=contact, on=on, number=number)
    return contact.pk


def asked(name, /, *, ahead=0, **value):
    day = DAY + dt.timedelta(days=ahead)
    return set(rules.compile_as_of([condition(name, **value)], day))


def test_contact_days_are_counted_from_midnight_to_midnight_of_the_site():
    last, first = talked(begin(1) - SECOND), talked(begin(-29))
    after, before = talked(begin(1)), talked(begin(-29) - SECOND)
    assert asked("contact_days", **OFTEN) == {last, first}
    never = {**OFTEN, "how": "at_most", "number": 0}
    assert asked("contact_days", **never) == {after, before}
    assert asked("contact_days", ahead=1, **OFTEN) == {last, after}


def test_contact_days_of_a_past_day_are_those_of_all_rooms_by_the_rules_of_today():
    buyer, guest, reader = bought({0: 500}), someone(), someone()
    factories.BookingFactory(contact=guest, starts_at=begin(0), came_at=begin(1))
    delivery = factories.DeliveryFactory(contact=reader)
    models.Response.objects.create(delivery=delivery, kind="click", at=begin(0))
    user = used(0)
    bought({0: -500})
    for said in ({"direction": "out"}, {"machine": True}, {"kind": "note"}):
        talked(begin(0), **said)
    everybody = {buyer, guest.pk, reader.pk, user}
    assert asked("contact_days", **OFTEN) == everybody
    assert asked("contact_days", ahead=-1, **OFTEN) == set()


def test_a_trend_of_a_past_day_knows_nothing_of_what_came_then():
    rarer = talked(begin(-100), begin(-90), begin(-30), begin(1), begin(2))
    assert asked("contact_trend", trend="halved") == {rarer}
    assert asked("contact_trend", trend="more", ahead=2) == {rarer}
    assert asked("contact_trend", trend="fewer", ahead=-1) == set()


def test_the_last_touch_of_a_past_day_is_the_last_until_its_midnight():
    back, later = talked(begin(1) - SECOND, begin(9)), talked(begin(1))
    today = {"when": "last", "days": 0}
    assert asked("last_touch", **today) == {back}
    assert asked("last_touch", or_never=True, **today) == {back, later}
    assert asked("last_touch", ahead=1, **today) == {later}


def test_who_was_late_on_a_past_day_had_not_come_back_by_then():
    """Every ten days, and then not for sixteen."""
    late = used(-36, -26, -16, 1)
    assert asked("late") == {late}
    assert asked("late", ahead=-1) == set()
    assert asked("late", ahead=1) == set()


def test_the_usual_gap_of_a_past_day_comes_from_the_uses_until_it():
    pk = used(-15, -8, 0, 40, 80)
    week = {"measure": "gap", "how": "at_most", "number": 7}
    assert asked("rhythm", **week) == {pk}
    assert asked("rhythm", ahead=-1, **week) == set()
    assert asked("rhythm", ahead=40, **week) == set()


def test_the_best_of_a_past_day_are_the_best_of_those_who_had_bought_by_then():
    first, second = bought({-9: 900}), bought({-364: 400, 0: 400, 1: 900})
    for other in (-365, 1):
        bought({other: 9_000})
    half = {"percent": 50, "measure": "sales"}
    assert asked("best", **half) == {first}
    assert asked("best", **{**half, "percent": 51}) == {first, second}
    assert first not in asked("best", ahead=1, **half)
    assert asked("best", percent=50, measure="both") == set()
    assert asked("best", percent=50, measure="days") == {second}


def test_five_buyers_of_a_past_day_make_five_classes():
    """The second buys most tomorrow; who comes tomorrow is in no class yet."""
    five = [
        bought({-364: 100}),
        bought({-99: 200, 1: 9_000}),
        bought({-9: 150, -8: 150}),
        bought({-3: 400}),
        bought({0: 500, 1: -500}),
    ]
    for other in (1, -365):
        bought({other: 9_999})
    for score, pk in enumerate(five, 1):
        for name in ("recency", "monetary"):
            one = {f"{name}_from": score, f"{name}_to": score}
            assert asked("rfm", **{**ALL, **one}) == {pk}
    assert asked("rfm", **{**ALL, "frequency_from": 5}) == {five[2]}
    assert five[4] in asked("rfm", ahead=1, **{**ALL, "monetary_to": 1})


RULES = [
    ("contact_days", {"how": "at_least", "number": 3, "window": "90"}),
    ("contact_days", {"how": "at_most", "number": 0, "window": "30"}),
    ("contact_trend", {"trend": "fewer"}),
    ("last_touch", {"when": "last", "days": 30}),
    ("late", {}),
    ("rhythm", {"measure": "gap", "how": "at_most", "number": 20}),
    ("rhythm", {"measure": "rate", "how": "at_least", "number": 18}),
    *(("best", {"percent": 40, "measure": by}) for by in ("days", "sales", "both")),
    ("rfm", {**ALL, "recency_from": 4}),
    ("rfm", {**ALL, "frequency_to": 4, "monetary_from": 4}),
]


# What five people bought, those of a row on these days.
UNTIL = [
    {-50: 200, -30: 200, -10: 2_000},
    {-81: 100, -61: 100, -41: 100},
    {-300: 900, -200: 100, -100: 100},
    {-170: 50, -130: 50, -120: 50, 0: 50},
    {-400: 9_000},
]
LATER = [
    {60: 100, 100: 100},
    {2: 100, 3: 100, 4: 100},
    {1: 9_000},
    {9: 9_000},
    {4: 10, 11: 10},
]


def night():
    """Sum everything up, as the feed and the night do."""
    ids = list(models.Contact.objects.values_list("pk", flat=True))
    for recompute in (uses.recompute, summaries.recompute, frequency.recompute):
        recompute(ids)


@pytest.mark.parametrize(("name", "value"), RULES)
def test_a_past_day_is_answered_as_it_would_have_answered_itself(name, value):
    rule = [condition(name, **value)]
    people = [bought(sales) for sales in UNTIL]
    with time_machine.travel(begin(1) - SECOND, tick=False):
        night()
        then = set(rules.compile_rule(rule))
    for pk, sales in zip(people, LATER, strict=True):
        for ahead, amount in sales.items():
            at = begin(ahead)
            factories.PurchaseFactory(contact_id=pk, at=at, amount=amount)
    night()
    assert set(rules.compile_as_of(rule, DAY)) == then
    assert set() < then < set(people)
    assert set(rules.compile_rule(rule)) != then
