import datetime as dt

import pytest
from django.utils import timezone

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


def test_a_step_can_be_put_off(contact, owner):
    step = plan(contact)
    follow_ups.move(step, timezone.localdate() + dt.timedelta(days=7))
    assert not follow_ups.due(owner).exists()
