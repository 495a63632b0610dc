"""Rules that mix what is known of somebody with what somebody did choose exactly them."""

import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.scoring import refresh as scores
from crm_plugin.segments.ready_made import condition
from crm_plugin.segments.refresh import refresh
from tests import factories

pytestmark = pytest.mark.django_db
MONTH = {"when": "last", "days": 30}
ANYWHERE = {"where": "any", "page": None, "page_type": "", "tag": ""}
REGULARS = [
    condition("place", prefecture="北海道"),
    condition(
        "attribute", attribute="taste", operator="one_of", choices=["taste:lunch"]
    ),
    condition("pages_read", how="at_least", number=3, **ANYWHERE, **MONTH),
    condition("purchases", measure="count", how="at_least", number=2, **MONTH),
]
WORRIED = [
    condition(
        "attribute",
        attribute="problem-state",
        operator="one_of",
        choices=["problem-state:open"],
    ),
    condition("open_inquiry", kind="complaint"),
    condition("score", score="catering", how="at_least", number=4),
]


def guest(*, prefecture="北海道", taste="lunch", pages=3, bought=2, days_ago=1):
    contact = factories.ContactFactory()
    factories.PointFactory(
        contact=contact, kind="postal", value="1-2-3", prefecture=prefecture
    )
    factories.taste(contact, taste)
    at = timezone.now() - dt.timedelta(days=days_ago)
    read(contact, pages, at)
    factories.PurchaseFactory.create_batch(bought, contact=contact, at=at)
    return contact.pk


def read(contact, pages, at):
    for page in range(pages):
        models.PageRead.objects.create(
            contact=contact, page_id=page + 1, on=timezone.localdate(at), at=at
        )


def members(rule):
    """Whom a segment with *rule* holds after it was worked out."""
    assert rules.problems(rule) == []
    segment = factories.SegmentFactory(rule=rule, live=True)
    refresh(segment)
    stays = models.SegmentMembership.objects.filter(segment=segment, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


def test_place_taste_three_pages_and_two_purchases_must_all_be_true():
    right = {guest(), guest(pages=5, bought=3)}
    for missing in (
        {"prefecture": "東京都"},
        {"taste": "dinner"},
        {"pages": 2},
        {"bought": 1},
        {"days_ago": 40},
    ):
        guest(**missing)
    assert members(REGULARS) == right


def worried(*, state="open", kind="complaint", closed_at=None, pages=2):
    contact = factories.ContactFactory()
    factories.taste(contact, state, key="problem-state")
    factories.InquiryFactory(contact=contact, kind=kind, closed_at=closed_at)
    read(contact, pages, timezone.now())
    return contact.pk


def test_an_open_problem_an_open_complaint_and_points_in_a_topic_must_all_be_true():
    line = factories.line(
        condition("pages_read", how="at_least", number=1, **ANYWHERE, **MONTH),
        points=2,
        given="each",
    )
    topic = factories.ScoreFactory(key="catering", lines=[line])
    right = worried()
    worried(state="solved")
    worried(kind="question")
    worried(closed_at=timezone.now())
    worried(pages=1)
    scores.refresh(topic)
    assert members(WORRIED) == {right}
