import datetime as dt

import pytest
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.conf import CrmSettings
from crm_plugin.models import (
    ContactFrequency,
    ContactSales,
    ContactUses,
    Segment,
    SegmentMembership,
)
from crm_plugin.sales import plans
from crm_plugin.segments import ready_made
from tests import factories

pytestmark = pytest.mark.django_db


def members(key):
    stays = SegmentMembership.objects.filter(segment__key=key, left_at=None)
    return set(stays.values_list("contact_id", flat=True))


OWN = ["good-customers", "came-once", "late", "at-risk", "asleep", "introducers"]


@pytest.mark.parametrize("key", OWN)
def test_every_ready_made_rule_works_on_a_site_that_has_set_up_nothing(key):
    said = ready_made.definition(key)
    assert rules.problems(said["rule"]) == []
    assert said["description"]
    ready_made.ensure([key], refreshed=True)


def test_good_customers_are_in_the_top_share_of_days_and_of_sales(settings):
    settings.CRM_TOP_PERCENT = 20
    often, buying, both, *others = factories.ContactFactory.create_batch(10)
    for contact in (often, buying, both, *others):
        days = 9 if contact in (often, both) else 1
        net = 900 if contact in (buying, both) else 10
        ContactFrequency.objects.create(contact=contact, days_365=days)
        ContactSales.objects.create(contact=contact, net_365=net)
    ready_made.ensure(["good-customers"], refreshed=True)
    assert members("good-customers") == {both.pk}


def test_late_are_who_is_longer_away_than_usual_but_not_asleep():
    late, asleep, in_time = factories.ContactFactory.create_batch(3)
    today = timezone.localdate()
    for contact, days_ago, late_in in (
        (late, 50, 0),
        (asleep, 200, 0),
        (in_time, 5, 9),
    ):
        factories.uses(contact, days_ago, days_ago + 30)
        late_on = today + dt.timedelta(days=late_in)
        ContactUses.objects.filter(contact=contact).update(late_on=late_on)
    ready_made.ensure(["late"], refreshed=True)
    assert members("late") == {late.pk}


def test_at_risk_is_a_plan_about_to_end_or_an_open_complaint():
    ends, renewed, later, cross, content = factories.ContactFactory.create_batch(5)
    today = timezone.localdate()
    plan, dearer = factories.PlanFactory(), factories.PlanFactory(key="plus")
    for guest, days in ((ends, 30), (renewed, 3), (later, 31)):
        plans.take(guest, plan, on=today, by=None)
        plans.end(guest, today + dt.timedelta(days=days), by=None)
    plans.take(renewed, dearer, on=today + dt.timedelta(days=4), by=None)
    factories.InquiryFactory(contact=cross, kind="complaint")
    factories.InquiryFactory(contact=content, kind="inquiry")
    ready_made.ensure(["at-risk"], refreshed=True)
    assert members("at-risk") == {ends.pk, cross.pk}


def test_at_risk_is_who_is_late_or_in_touch_half_as_often():
    late, seldomer, steady, stranger = factories.ContactFactory.create_batch(4)
    factories.uses(late, 50, 80)
    ContactUses.objects.filter(contact=late).update(late_on=timezone.localdate())
    for guest, year, now, before in (
        (seldomer, 8, 2, 4),
        (steady, 8, 3, 4),
        (stranger, 1, 0, 1),
    ):
        ContactFrequency.objects.update_or_create(
            contact=guest,
            defaults={"days_365": year, "days_90": now, "before_90": before},
        )
    ready_made.ensure(["at-risk"], refreshed=True)
    assert members("at-risk") == {late.pk, seldomer.pk}


def test_introducers_brought_at_least_one():
    friend = factories.ContactFactory()
    factories.ContactFactory(introduced_by=friend)
    ready_made.ensure(["introducers"], refreshed=True)
    assert members("introducers") == {friend.pk}


def test_asleep_means_what_the_site_calls_dormant():
    CrmSettings.objects.create(dormant_days=90)
    guest = factories.ContactFactory()
    factories.uses(guest, 100)
    ready_made.ensure(["asleep"], refreshed=True)
    assert members("asleep") == {guest.pk}


@pytest.mark.parametrize(
    ("days_ago", "inside"),
    [((13,), False), ((14,), True), ((120,), True), ((121,), False), ((20, 30), False)],
)
def test_came_once_is_one_use_some_time_ago(days_ago, inside):
    guest = factories.ContactFactory()
    factories.uses(guest, *days_ago)
    ready_made.ensure(["came-once"], refreshed=True)
    assert (guest.pk in members("came-once")) is inside


def test_asleep_leaves_out_who_waits_for_an_answer_to_a_complaint():
    asleep, cross = factories.ContactFactory.create_batch(2)
    for guest in (asleep, cross):
        factories.uses(guest, 200)
    factories.InquiryFactory(contact=cross, kind="complaint")
    ready_made.ensure(["asleep"], refreshed=True)
    assert members("asleep") == {asleep.pk}


def test_ensuring_twice_leaves_what_a_marketer_changed():
    segment = ready_made.ensure(["asleep"])["asleep"]
    Segment.objects.filter(pk=segment.pk).update(name="Sleepers")
    assert ready_made.ensure(["asleep"])["asleep"].name == "Sleepers"
    assert segment.live
