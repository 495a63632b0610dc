import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.contacts import changed
from crm_plugin.journal import Change
from crm_plugin.touchpoints import follow_ups, inquiries
from tests.factories import InquiryFactory

pytestmark = pytest.mark.django_db


def told(contact, user):
    return [
        (entry.operation.kind, entry.operation.by, *entry.lines)
        for entry in changed.of(contact.pk, before=None, limit=10, user=user)
    ]


def test_who_answers_is_told_with_old_and_new_name(contact, owner):
    owner.last_name = "Tanaka"
    owner.save()
    inquiry = InquiryFactory(contact=contact)
    inquiries.assign(inquiry, owner, by=owner)
    assert told(contact, owner) == [("inquiry", owner, ("Owner", "– → Tanaka"))]


def test_a_step_that_was_put_off_tells_both_days(contact, owner):
    day = dt.date(2026, 5, 1)
    step = follow_ups.plan(contact, due_on=day, what="Call")
    follow_ups.move(step, day + dt.timedelta(days=3), by=owner)
    [(kind, by, (label, days)), _planned] = told(contact, owner)
    assert (kind, by, label) == ("followup", owner, "Due on")
    assert "→" in days


def test_what_changes_nothing_leaves_no_trace(contact, owner):
    inquiry = InquiryFactory(contact=contact, owner=owner)
    assert inquiries.assign(inquiry, owner, by=owner)
    assert not Change.objects.exists()


def test_an_answer_is_in_the_journal_with_its_author(contact, owner):
    inquiry = InquiryFactory(contact=contact)
    inquiries.close(inquiry, by=owner)
    said = Change.objects.filter(model="inquiry").values_list("field", "new")
    assert dict(said)["answered_by_id"] == owner.pk


def test_who_is_slower_writes_nothing(contact, owner):
    step = follow_ups.plan(contact, due_on=timezone.localdate(), what="Call")
    stale = type(step).objects.get(pk=step.pk)
    follow_ups.done(step, by=owner)
    before = Change.objects.count()
    assert not follow_ups.move(stale, dt.date(2026, 5, 1), by=owner)
    assert Change.objects.count() == before
