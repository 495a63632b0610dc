"""What rests on a segment that is no longer in force stands still, and says why."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue, rules
from crm_plugin.models import Contact, Segment, SegmentMembership
from crm_plugin.segments.conditions import SegmentBlock
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
ENGLISH = [condition("language", languages=["en"])]
NOW = ("in", "out")
DATED = ("was", "entered", "left")


def asks(state):
    when = {"when": "ever"} if state in DATED else {}
    return [condition("segment", segment="english", state=state, **when)]


@pytest.fixture
def english(db):
    segment = factories.SegmentFactory(key="english", name="English", rule=ENGLISH)
    segment.save_revision().publish()
    return segment


@pytest.fixture
def guests(english):
    """One who is a member of it, and one who is not."""
    found = [factories.ContactFactory(language=code) for code in ("en", "ja")]
    refresh(english)
    return found


@pytest.fixture
def others(english, guests):
    found = factories.SegmentFactory(key="others", name="Others", rule=asks("out"))
    refresh(found)
    return found


def expire(segment):
    """Its last day is over, and the site's clock notices."""
    past = timezone.now() - dt.timedelta(minutes=2)
    Segment.objects.filter(pk=segment.pk).update(expire_at=past)
    call_command("publish_scheduled")
    for _round in range(2):
        queue.run_due("segment")


def members(segment):
    rows = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(rows.values_list("contact_id", flat=True))


def test_what_rests_on_one_that_expires_keeps_its_members(english, guests, others):
    expire(english)
    english.refresh_from_db()
    others.refresh_from_db()
    assert not english.live
    assert members(others) == {guests[1].pk}
    assert others.frozen_at is not None


def test_the_dashboard_names_what_stands_still_and_why(
    client, owner, english, guests, others
):
    expire(english)
    client.force_login(owner)
    page = client.get(reverse("crm_home:index")).text
    assert "“English” is not published: nobody is in it" in page
    answer = client.get(reverse("crm_segment:explain", args=[others.pk, guests[0].pk]))
    assert "“English” is not published" in answer.text


def test_it_moves_again_when_the_other_is_published_again(
    client, owner, english, guests, others
):
    expire(english)
    Segment.objects.filter(pk=english.pk).update(expire_at=None)
    english.refresh_from_db()
    english.save_revision().publish()
    for _round in range(2):
        queue.run_due("segment")
    others.refresh_from_db()
    assert others.frozen_at is None
    assert members(others) == {guests[1].pk}


@pytest.mark.parametrize("state", NOW)
def test_who_is_in_it_now_cannot_be_asked_of_a_draft(state):
    factories.SegmentFactory(key="english", rule=ENGLISH, live=False)
    assert "not published" in "".join(rules.problems(asks(state)))
    with pytest.raises(rules.BrokenRule, match="not published"):
        rules.compile_rule(asks(state))


@pytest.mark.parametrize("state", DATED)
def test_who_was_in_it_cannot_be_asked_of_one_that_never_was_published(state):
    factories.SegmentFactory(key="english", rule=ENGLISH, live=False)
    with pytest.raises(rules.BrokenRule, match="never been published"):
        rules.compile_rule(asks(state))


def test_who_was_in_it_is_known_of_one_that_is_no_longer_published(english, guests):
    expire(english)
    for state in DATED:
        assert rules.problems(asks(state)) == []
        assert set(rules.compile_rule(asks(state))) == {guests[0].pk}


def test_a_past_day_knows_who_was_in_it_whatever_came_after(english, guests):
    then = timezone.now() - dt.timedelta(days=9)
    SegmentMembership.objects.update(entered_at=then)
    Segment.objects.update(first_published_at=then)
    Contact.objects.update(created_at=then)
    expire(english)
    day = rules.periods.today(then) + dt.timedelta(days=3)
    assert set(rules.compile_as_of(asks("in"), day)) == {guests[0].pk}


def test_one_that_is_not_published_is_kept_where_it_is_chosen_and_not_offered(english):
    factories.SegmentFactory(key="draft", name="Draft", rule=ENGLISH, live=False)
    field = SegmentBlock().child_blocks["segment"].field
    shown = field.widget.render("segment", "draft")
    assert '<option value="english">English</option>' in shown
    assert (
        '<option value="draft" selected hidden>Draft (not published)</option>' in shown
    )
    assert field.clean("draft") == "draft"
