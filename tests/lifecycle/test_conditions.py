"""Rules about the rhythm of uses and about those who never used us."""

import pytest

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    assert rules.sentence(rule)
    return set(rules.compile_rule(rule))


def with_gap(days):
    contact = factories.ContactFactory()
    models.ContactUses.objects.create(contact=contact, count=3, usual_gap_days=days)
    return contact.pk


def test_the_usual_gap():
    week, month, _unknown = with_gap(7), with_gap(30), with_gap(None)
    said = {"measure": "gap", "number": 30}
    assert chosen("rhythm", how="at_most", **said) == {week, month}
    assert chosen("rhythm", how="at_least", **said) == {month}


def test_uses_in_365_days_follow_from_the_gap():
    oftener, rarer = with_gap(36), with_gap(37)
    ten = {"measure": "rate", "number": 10}
    assert chosen("rhythm", how="at_least", **ten) == {oftener}
    assert chosen("rhythm", how="at_most", **ten) == {rarer}


def test_the_last_use_long_ago_or_never():
    late, lately, never = factories.ContactFactory.create_batch(3)
    factories.uses(late, 200)
    factories.uses(lately, 5)
    said = {"when": "before", "days": 180}
    assert chosen("last_use", **said) == {late.pk}
    assert chosen("last_use", or_never=True, **said) == {late.pk, never.pk}
