"""Rules about what is owed: next steps, inquiries, places, changes that wait."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.bookings import waiting
from crm_plugin.contacts import changes
from crm_plugin.intake import claims
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from crm_plugin.touchpoints import follow_ups, inquiries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def members():
    """Who is in a segment of one condition, once the worker looked at the feed."""

    def of(name, /, **value):
        segment = factories.SegmentFactory(rule=[condition(name, **value)])
        refresh(segment)

        def now():
            changes.drain()
            stays = models.SegmentMembership.objects.filter(segment=segment)
            return set(stays.filter(left_at=None).values_list("contact", flat=True))

        return now

    return of


def test_a_step_that_is_planned_put_off_or_done_changes_who_is_a_member(
    members, contact, owner
):
    to_do, late = (members("follow_up", state=state) for state in ("open", "late"))
    today = timezone.localdate()
    step = follow_ups.plan(contact, due_on=today - dt.timedelta(days=1), what="Ring")
    assert to_do() == late() == {contact.pk}
    follow_ups.move(step, today)
    assert (to_do(), late()) == ({contact.pk}, set())
    follow_ups.done(step, by=owner)
    assert to_do() == set()
    follow_ups.undo_done(step)
    assert to_do() == {contact.pk}


def test_a_step_of_another_owner_is_not_meant(members, contact, owner):
    mine = members("follow_up", state="any", owner=str(owner.pk))
    step = follow_ups.plan(contact, due_on=timezone.localdate(), what="Ring")
    assert mine() == set()
    follow_ups.change(step, {"owner": owner}, by=owner)
    assert mine() == {contact.pk}


def test_an_inquiry_that_is_closed_changes_who_is_a_member(members, contact, owner):
    once = {"how": "at_least", "number": 1, "days": 0}
    closed = members("inquiries", state="closed", day="closed_at", when="last", **once)
    inquiry = inquiries.open_inquiry(contact, None)
    assert closed() == set()
    inquiries.close(inquiry, by=owner)
    assert closed() == {contact.pk}


def test_a_place_for_who_waited_changes_who_is_a_member(members, contact):
    waits = members("waiting")
    entry = factories.WaitingFactory(contact=contact)
    changes.note([contact.pk], "bookings")
    assert waits() == {contact.pk}
    booking = factories.BookingFactory(contact=contact, service=entry.service)
    waiting.settle(entry, booking)
    assert waits() == set()


def test_a_form_that_is_answered_changes_who_is_a_member(members, contact, owner):
    waits = members("claim")
    submission = factories.SubmissionFactory(contact=contact)
    models.Claim.objects.create(
        submission=submission, contact=contact, field="contact.family_name", value="x"
    )
    changes.note([contact.pk], "touchpoints")
    assert waits() == {contact.pk}
    claims.reject_all(submission, by=owner)
    assert waits() == set()


def test_the_conditions_are_said_in_words():
    sato = User.objects.create_user("sato")
    service = factories.ServiceFactory(key="table", name="Table")
    rule = [
        condition("follow_up", state="late", owner=str(sato.pk), phase="sales"),
        condition("follow_up", state="open", owner="nobody", when="next", days=7),
        condition(
            "inquiries",
            state="closed",
            kind="complaint",
            how="at_least",
            number=2,
            day="closed_at",
            when="last",
            days=30,
        ),
        condition("waiting", service=service.key, when="next", days=7),
        condition("claim", when="before", days=7),
        condition(
            "stage_touchpoints",
            stages=["new"],
            channel="email",
            how="at_least",
            number=1,
            when="last",
            days=30,
        ),
    ]
    assert rules.problems(rule) == []
    assert rules.sentence(rule) == (
        "People with an overdue follow-up (sales, owner: sato) and an open follow-up"
        " (owner: nobody), due in the next 7 days and at least 2 inquiries (complaint,"
        " closed, by the day: closed) in the last 30 days and a place on the waiting"
        " list of Table, for a day in the next 7 days and a change from a form that"
        " waits for confirmation, sent more than 7 days ago and at least 1 touchpoint"
        " (in the stage: new, e-mail) in the last 30 days"
    )


def test_an_owner_who_is_gone_breaks_the_rule():
    rule = [condition("follow_up", state="open", owner="999999")]
    with pytest.raises(rules.BrokenRule, match="owner is gone"):
        set(rules.compile_rule(rule))


def test_who_left_and_owns_one_can_still_be_named(contact):
    gone = User.objects.create_user("gone", is_active=False)
    rule = [condition("follow_up", state="open", owner=str(gone.pk))]
    assert rules.problems(rule) != []
    step = {"due_on": timezone.localdate(), "what": "Ring", "owner": gone}
    models.FollowUp.objects.create(contact=contact, **step)
    assert rules.problems(rule) == []
    assert set(rules.compile_rule(rule)) == {contact.pk}
