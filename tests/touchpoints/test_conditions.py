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
