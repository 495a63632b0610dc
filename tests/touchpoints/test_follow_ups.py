import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.contacts import changed
from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import FollowUp

pytestmark = pytest.mark.django_db


def plan(contact, days=0, **more):
    due_on = timezone.localdate() + dt.timedelta(days=days)
    return follow_ups.plan(contact, due_on=due_on, what="Call her", **more)


def test_the_same_step_is_planned_once(contact, owner):
    assert plan(contact, owner=owner) == plan(contact, owner=owner)
    assert FollowUp.objects.count() == 1


def test_a_step_that_was_done_may_be_planned_again(contact, owner):
    follow_ups.done(plan(contact), by=owner)
    plan(contact)
    assert FollowUp.objects.count() == 2


def test_steps_are_due_on_their_day_and_after(contact, owner):
    yesterday, today, _tomorrow = plan(contact, -1), plan(contact), plan(contact, 1)
    assert list(follow_ups.due(owner)) == [yesterday, today]


def test_mine_leaves_out_what_others_do(contact, owner):
    mine = plan(contact, owner=owner)
    plan(contact)
    assert list(follow_ups.due(owner, owner=owner)) == [mine]


def test_a_step_is_done_once_and_can_be_undone(contact, owner):
    step = plan(contact)
    stale = FollowUp.objects.get(pk=step.pk)
    assert follow_ups.done(step, by=owner, outcome="reached")
    assert not follow_ups.done(stale, by=None)
    assert not follow_ups.due(owner).exists()
    assert follow_ups.undo_done(step)
    assert follow_ups.due(owner).get().outcome == ""


def test_who_planned_a_step_stands_in_the_history(contact, owner):
    step = plan(contact, owner=owner, by=owner)
    plan(contact, owner=owner, by=None)
    (entry,) = changed.of(contact.pk, before=None, limit=9, user=owner)
    assert (entry.operation.kind, entry.operation.by) == (follow_ups.PLANNED, owner)
    assert entry.lines[0] == ("What to do", "Call her")
    assert follow_ups.planned(step) == entry.operation


def test_a_step_is_changed_with_old_and_new_in_the_history(contact, owner):
    step = plan(contact)
    assert follow_ups.change(step, {"phase": "sales", "owner": owner}, by=owner)
    entry, _planned = changed.of(contact.pk, before=None, limit=9, user=owner)
    assert set(entry.lines) == {("Phase", "– → sales"), ("Owner", "– → owner")}


def test_a_step_that_was_done_is_not_changed(contact, owner):
    step = plan(contact)
    follow_ups.done(step, by=owner)
    assert not follow_ups.change(step, {"what": "Write"}, by=owner)
    assert FollowUp.objects.get().what == "Call her"


def test_at_hand_are_open_steps_and_those_done_today(contact, owner):
    ahead, done, long_ago = plan(contact, 9), plan(contact), plan(contact, 1)
    follow_ups.done(done, by=owner)
    follow_ups.done(long_ago, by=owner)
    before = timezone.now() - dt.timedelta(days=2)
    FollowUp.objects.filter(pk=long_ago.pk).update(done_at=before)
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    assert list(FollowUp.objects.at_hand(today)) == [ahead, done]


def test_a_step_can_be_put_off(contact, owner):
    step = plan(contact)
    follow_ups.move(step, timezone.localdate() + dt.timedelta(days=7))
    assert not follow_ups.due(owner).exists()
