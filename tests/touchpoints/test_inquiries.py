import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin.conf import CrmSettings
from crm_plugin.touchpoints import inquiries
from crm_plugin.touchpoints.models import Inquiry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def inquiry(contact):
    return inquiries.open_inquiry(contact, None, subject="Catering", reference="Q-1")


def test_an_answer_is_owed_within_the_owners_hours(contact):
    CrmSettings.objects.create(answer_hours=4)
    touchpoint = factories.TouchpointFactory(contact=contact)
    inquiry = inquiries.open_inquiry(contact, touchpoint)
    assert inquiry.due_at == touchpoint.at + dt.timedelta(hours=4)


def test_the_same_reference_opens_one_inquiry(contact, inquiry):
    assert inquiries.open_inquiry(contact, None, reference="Q-1") == inquiry
    assert Inquiry.objects.count() == 1


def test_an_inquiry_without_a_reference_gets_one(contact):
    assert inquiries.open_inquiry(contact, None).reference.startswith("Q-")


def test_closing_says_who_answered_and_when(inquiry, owner):
    assert inquiries.close(inquiry, by=owner)
    inquiry.refresh_from_db()
    assert inquiry.answered_by == owner
    assert inquiry.closed_at == inquiry.answered_at


def test_closing_without_an_answer_claims_none(inquiry, owner):
    inquiries.close(inquiry, by=owner, answered=False)
    inquiry.refresh_from_db()
    assert inquiry.answered_at is None


def test_only_one_of_two_people_closes_it(inquiry, owner):
    stale = Inquiry.objects.get(pk=inquiry.pk)
    inquiries.close(inquiry, by=owner)
    assert not inquiries.close(stale, by=None)
    inquiry.refresh_from_db()
    assert inquiry.answered_by == owner


def test_reopening_owes_the_answer_again(inquiry, owner):
    inquiries.close(inquiry, by=owner)
    assert inquiries.reopen(inquiry)
    inquiry.refresh_from_db()
    assert inquiry.is_open
    assert inquiry.answered_by is None


def test_it_is_overdue_only_while_it_is_open(inquiry, owner):
    inquiry.due_at = timezone.now() - dt.timedelta(minutes=1)
    inquiry.save()
    assert inquiry.is_overdue
    assert list(Inquiry.objects.overdue()) == [inquiry]
    inquiries.close(inquiry, by=owner)
    assert not inquiry.is_overdue
    assert not Inquiry.objects.overdue().exists()


def test_campaigns_hold_back_people_with_an_open_inquiry(inquiry, owner):
    assert [row["contact_id"] for row in inquiries.holds()] == [inquiry.contact_id]
    assert not inquiries.holds("complaint").exists()
    inquiries.close(inquiry, by=owner)
    assert not inquiries.holds().exists()


def test_waiting_inquiries_come_by_urgency_and_only_to_those_who_may_see(
    inquiry, owner, outsider
):
    soon = factories.InquiryFactory(due_at=timezone.now())
    assert list(inquiries.waiting(owner)) == [soon, inquiry]
    assert not inquiries.waiting(outsider).exists()
