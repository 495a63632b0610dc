"""Rules about phases, tags, and those who were never in touch."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
ONCE = {"how": "at_least", "number": 1, "when": "ever"}


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule))


def touched(**said):
    return factories.TouchpointFactory(**said).contact_id


def test_a_phase():
    support = touched(phase="support")
    touched(phase="sales")
    touched(phase="")
    assert chosen("touchpoints", phase="support", **ONCE) == {support}


def test_a_tag_is_found_as_a_whole_in_any_case_and_width():
    vip = {touched(tags=tags) for tags in ("VIP", "gift, vip", "vip, gift")}
    touched(tags="vipers, gift")
    for typed in ("vip", "#VIP", "ＶＩＰ"):
        assert chosen("touchpoints", tag=typed, **ONCE) == vip
    rule = [condition("touchpoints", tag="vip", **ONCE)]
    assert rules.sentence(rule) == "People with at least 1 touchpoint (#vip)"


def test_what_somebody_said_is_found_by_its_words_with_kind_and_period():
    wheelchair = touched(kind="call", body="車椅子で行けますか。")
    noted = touched(kind="visit", summary="Asked for a Wheelchair place")
    touched(kind="call", body="")
    assert chosen("touchpoints", words="車椅子", **ONCE) == {wheelchair}
    assert chosen("touchpoints", words="wheelchair", kind="visit", **ONCE) == {noted}
    assert not chosen("touchpoints", words="wheelchair", kind="call", **ONCE)
    rule = [condition("touchpoints", words="車椅子", kind="call", **ONCE)]
    sentence = rules.sentence(rule)
    assert sentence == "People with at least 1 touchpoint (call, “車椅子”)"


def test_counting_by_tag_counts_touchpoints():
    contact = factories.ContactFactory()
    for _number in range(2):
        touched(contact=contact, tags="vip")
    touched(tags="vip")
    twice = {**ONCE, "number": 2}
    assert chosen("touchpoints", tag="vip", **twice) == {contact.pk}


def test_the_last_touch_long_ago_or_never():
    late, lately, never = factories.ContactFactory.create_batch(3)
    for contact, days in ((late, 100), (lately, 5)):
        models.ContactFrequency.objects.create(
            contact=contact, last_at=timezone.now() - dt.timedelta(days=days)
        )
    said = {"when": "before", "days": 90}
    assert chosen("last_touch", **said) == {late.pk}
    assert chosen("last_touch", or_never=True, **said) == {late.pk, never.pk}
    assert rules.sentence([condition("last_touch", or_never=True, **said)]) == (
        "People with last touch more than 90 days ago, or never"
    )


def talks(*days_ago, **said):
    """A contact with a touchpoint on each of these days."""
    contact = factories.ContactFactory()
    for days in days_ago:
        at = timezone.now() - dt.timedelta(days=days)
        touched(contact=contact, at=at, **said)
    return contact.pk


def test_the_latest_call_long_ago_or_never():
    late, lately = talks(100, 200, kind="call"), talks(5, 100, kind="call")
    visited = talks(1, kind="visit")
    said = {"kind": "call", "when": "before", "days": 90}
    assert chosen("latest_touchpoint", **said) == {late}
    ever = chosen("latest_touchpoint", or_never=True, **said)
    assert ever >= {late, visited}
    assert lately not in ever
    assert rules.sentence([condition("latest_touchpoint", or_never=True, **said)]) == (
        "People with latest touchpoint more than 90 days ago, or never (call)"
    )


def test_the_latest_call_between_two_days():
    between = talks(40, 300, channel="phone")
    talks(5, 40, channel="phone")
    talks(300, channel="phone")
    said = {"channel": "phone", "when": "ago", "days": 30, "days_to": 60}
    assert chosen("latest_touchpoint", **said) == {between}


@pytest.mark.parametrize(
    ("trend", "days", "some", "others"),
    [
        ("halved", 30, (1, 31, 32), (1, 2, 31)),
        ("fewer", 30, (1, 31, 32), (1, 31)),
        ("more", 30, (1, 2, 31), (1, 31)),
        ("doubled", 30, (1, 2, 31), (1, 2, 31, 32)),
        # Today is the first of the last seven days.
        ("more", 7, (6, 14), (7, 13)),
        ("fewer", 7, (7, 13), (6, 14)),
    ],
)
def test_a_trend_of_calls_alone(trend, days, some, others):
    meant = talks(*some, kind="call")
    talks(*others, kind="call")
    talks(*some, kind="visit")
    said = {"kind": "call", "trend": trend, "days": days}
    assert chosen("touchpoint_trend", **said) == {meant}


def test_a_trend_says_which_touchpoints_it_counts():
    rule = [condition("touchpoint_trend", kind="call", trend="fewer", days=30)]
    assert rules.sentence(rule) == (
        "People with fewer touchpoints than in the 30 days before (call)"
    )
    found = rules.explain(rule, talks(1, 31, 32, kind="call"))
    assert (found.holds, found.lines[-1].fact) == (True, "1 now, 2 before")
