"""Rules about consent by channel, and about wishes."""

import datetime as dt
from zoneinfo import ZoneInfo

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


TOKYO = ZoneInfo("Asia/Tokyo")
LATELY = {"topic": "newsletter", "state": "granted", "when": "last", "days": 6}


def agreed(day, hour=12, state="granted"):
    """Somebody who said so on that day of the site."""
    at = dt.datetime(2026, *day, hour, tzinfo=TOKYO)
    return factories.ConsentFactory(state=state, at=at).point.contact_id


def test_agreed_in_the_last_days_counts_from_the_sites_midnight():
    agreed((2, 22), 23)
    first, last = agreed((2, 23), 0), agreed((3, 1))
    agreed((2, 28), state="withdrawn")
    assert chosen("consent", **LATELY) == {first, last}
    assert rules.sentence([condition("consent", **LATELY)]) == (
        "People with consent for Newsletter: granted in the last 6 days"
    )


def test_unsubscribed_between_two_dates():
    said = {"topic": "newsletter", "state": "withdrawn", "when": "dates"}
    agreed((2, 10), state="withdrawn")
    meant = agreed((2, 12), 23, state="withdrawn")
    days = {"from_on": dt.date(2026, 2, 11), "to_on": dt.date(2026, 2, 12)}
    assert chosen("consent", **said, **days) == {meant}


def test_a_rule_of_before_there_were_periods_asks_at_any_time():
    long_ago = agreed((1, 1))
    assert chosen("consent", topic="newsletter", state="granted") == {long_ago}


def test_never_asked_has_no_day():
    """A period that was chosen for another state is neither asked nor said nor missed."""
    agreed((3, 1))
    nobody_asked = factories.ContactFactory()
    rule = [condition("consent", topic="newsletter", state="none", when="last")]
    assert rules.problems(rule) == []
    assert set(rules.compile_rule(rule, NOON)) == {nobody_asked.pk}
    assert rules.sentence(rule) == "People with consent for Newsletter: never asked for"
    assert rules.next_change(rule, NOON) is None


def test_it_is_looked_at_again_at_midnight():
    midnight = dt.datetime(2026, 3, 2, tzinfo=TOKYO)
    assert rules.next_change([condition("consent", **LATELY)], NOON) == midnight
    ever = condition("consent", topic="newsletter", state="granted")
    assert rules.next_change([ever], NOON) is None


def test_it_is_explained_with_the_day():
    person = agreed((2, 28))
    _all, line = rules.explain([condition("consent", **LATELY)], person, NOON).lines
    assert (line.holds, line.fact) == (True, "e-mail: granted (02/28/2026)")
