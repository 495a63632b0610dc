"""A host's own condition that fails breaks its rule: no page, no worker, no other."""

import datetime as dt
import json
import logging
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail import blocks

from crm_plugin import queue, rules
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact
from crm_plugin.models import ContactChange, Segment, SegmentMembership
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh, refresh_by_clock
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = "hanako@mail.example"
METHODS = [
    *("own", "contacts", "sentence", "explain", "next_change", "problems", "lacks"),
    *("span", "reads_sensitive", "things", "segments_read", "past", "events"),
]
RULE = [condition("shop_clumsy")]


@pytest.fixture
def clumsy():
    """Asks for everybody; fails in whatever is put into ``failing``."""

    @rules.register
    class Clumsy(rules.Condition):
        name = "shop_clumsy"
        label = "Clumsy"
        group = "Our shop"
        aspects = frozenset({"fields"})
        failing: dict = {}

        class Value(rules.ConditionBlock):
            number = blocks.IntegerBlock(default=1)

        def __getattribute__(self, name):
            failing = object.__getattribute__(self, "failing")
            if name in failing:
                return lambda *_args, **_more: fail(failing[name])
            return object.__getattribute__(self, name)

        def contacts(self, value, at):
            return Contact.objects.values("pk")

        def sentence(self, value):
            return "anything"

    yield Clumsy.failing
    rules.unregister("shop_clumsy")
    Clumsy.failing.clear()


def fail(error):
    if not isinstance(error, Exception):
        return error
    raise error


def published(failing, **errors):
    """A segment with one member, which fails from now on, and a healthy one."""
    contact = factories.ContactFactory(language="en")
    segment = factories.SegmentFactory(key="clumsy", name="Clumsy one", rule=RULE)
    english = [condition("language", languages=["en"])]
    healthy = factories.SegmentFactory(key="healthy", rule=english)
    refresh(segment)
    refresh(healthy)
    failing.update(errors)
    return contact, segment, healthy


def members(segment):
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


@pytest.mark.parametrize("method", METHODS)
def test_whatever_it_fails_in_no_page_breaks(clumsy, client, owner, method):
    contact, segment, _healthy = published(clumsy, **{method: RuntimeError(SECRET)})
    client.force_login(owner)
    told = urlencode({"rule": json.dumps(RULE)})
    preview = reverse("crm_segment:preview_on_edit", args=[segment.pk])
    for page in (
        reverse("crm_segment:list"),
        reverse("crm_segment:inspect", args=[segment.pk]),
        reverse("crm_segment:edit", args=[segment.pk]),
        reverse("crm_segment:explain", args=[segment.pk, contact.pk]),
        reverse("crm_segment:on_day", args=[segment.pk]) + "?on=2020-01-01",
        reverse("crm_contact:why", args=[contact.pk]),
        f"{reverse('crm_contact:index')}?{told}",
        f"{preview}?in_preview_panel=true",
    ):
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("error", [ArithmeticError, KeyError, OverflowError, TypeError])
def test_what_it_raises_is_a_broken_rule_in_words_and_no_secret_in_the_log(
    clumsy, caplog, error
):
    clumsy["contacts"] = error(SECRET)
    with (
        caplog.at_level(logging.ERROR),
        pytest.raises(rules.BrokenRule, match="“Clumsy” cannot be evaluated"),
    ):
        rules.compile_rule(RULE)
    assert "shop_clumsy" not in caplog.text
    assert error.__name__ in caplog.text
    assert SECRET not in caplog.text


def test_what_is_no_answer_at_all_is_a_broken_rule(clumsy):
    clumsy["contacts"] = 3
    with pytest.raises(rules.BrokenRule):
        rules.compile_rule(RULE)


def test_what_cannot_tell_whether_it_is_sensitive_counts_as_sensitive(clumsy):
    clumsy["reads_sensitive"] = RuntimeError()
    assert rules.reads_sensitive(RULE)


def refused_by_the_database():
    return Contact.objects.extra(where=["no_such_function(1) = 1"]).values("pk")


@pytest.mark.parametrize("answer", [RuntimeError(SECRET), "refused by the database"])
def test_its_segment_freezes_and_the_change_feed_goes_on(clumsy, answer):
    if answer == "refused by the database":
        answer = refused_by_the_database()
    contact, segment, healthy = published(clumsy, contacts=answer)
    late = factories.ContactFactory(language="en")
    changes.note([late.pk], "fields")
    changes.drain()
    assert not ContactChange.objects.filter(aspect="fields").exists()
    assert members(healthy) == {contact.pk, late.pk}
    assert members(segment) == {contact.pk}
    segment.refresh_from_db()
    assert segment.frozen_at
    with pytest.raises(rules.BrokenRule):
        refresh(segment)
    clumsy.clear()
    changes.note([contact.pk], "fields")
    changes.drain()
    queue.run_due("segment")
    assert members(segment) == {contact.pk, late.pk}


def test_the_clock_goes_on_to_the_healthy_segment_behind_it(clumsy):
    _contact, segment, healthy = published(clumsy, contacts=RuntimeError(SECRET))
    past = timezone.now() - dt.timedelta(days=1)
    Segment.objects.filter(pk=segment.pk).update(next_change_at=past)
    Segment.objects.filter(pk=healthy.pk).update(
        next_change_at=past + dt.timedelta(hours=1)
    )
    late = factories.ContactFactory(language="en")
    assert [refresh_by_clock() for _time in range(3)] == [True, True, False]
    assert late.pk in members(healthy)
