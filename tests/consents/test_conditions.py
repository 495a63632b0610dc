"""Rules about consent by channel, and about wishes."""

import datetime as dt

import pytest

from crm_plugin import models, rules
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC)


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule, NOON))


def test_consent_by_one_channel_says_nothing_of_another():
    contact = factories.ContactFactory()
    for kind, state in (("email", "granted"), ("phone", "withdrawn")):
        point = factories.PointFactory(contact=contact, kind=kind, value=kind)
        factories.ConsentFactory(point=point, state=state)
    said = {"topic": "newsletter", "state": "granted"}
    assert chosen("consent", channel="email", **said) == {contact.pk}
    assert chosen("consent", channel="phone", **said) == set()
    never = {"topic": "newsletter", "state": "none"}
    assert chosen("consent", channel="line", **never) == {contact.pk}
    assert rules.sentence([condition("consent", channel="email", **said)]) == (
        "People with consent for Newsletter by e-mail: granted"
    )


def test_wishes():
    weekly, post, paused = factories.ContactFactory.create_batch(3)
    wish = models.Preference.objects.create
    wish(contact=weekly, frequency="weekly")
    wish(contact=post, channel="post", paused_until=dt.date(2026, 2, 28))
    wish(contact=paused, paused_until=dt.date(2026, 3, 1))
    assert chosen("preference", wish="frequency", frequency="weekly") == {weekly.pk}
    assert chosen("preference", wish="channel", channel="post") == {post.pk}
    assert chosen("preference", wish="paused") == {paused.pk}
