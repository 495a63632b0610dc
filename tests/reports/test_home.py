import datetime as dt

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.campaigns.audience import Plan, forecast
from crm_plugin.campaigns.models import Campaign
from crm_plugin.lifecycle import uses
from crm_plugin.models import Delivery, Mailing, Response, Segment, Use
from crm_plugin.reports import campaigns
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing():
    topic, sender = factories.TopicFactory(), factories.SenderFactory()
    campaign = Campaign.objects.create(name="Summer", topic=topic, sender=sender)
    now = timezone.now()
    return Mailing.objects.create(
        campaign=campaign,
        name="Summer",
        topic=topic,
        sender=sender,
        content=[],
        audience={},
        state="finished",
        launched_at=now,
        starts_at=now,
    )


def delivered(mailing, contact, days_ago=5, **extra):
    return Delivery.objects.create(
        mailing=mailing,
        kind="campaign",
        contact=contact,
        address=f"{contact.pk}@mail.example",
        address_norm=f"{contact.pk}@mail.example",
        state="sent",
        sent_at=timezone.now() - dt.timedelta(days=days_ago),
        **extra,
    )


def test_home_says_in_red_that_no_worker_lives(client, owner):
    client.force_login(owner)
    assert b"The queue is not running" in client.get(reverse("crm_home:index")).content
    queue.beat()
    assert b"The queue is alive" in client.get(reverse("crm_home:index")).content


def test_home_counts_what_is_owed_and_marks_the_late(client, owner):
    now = timezone.now()
    factories.InquiryFactory(received_at=now - dt.timedelta(days=3))
    factories.InquiryFactory()
    client.force_login(owner)
    page = client.get(reverse("crm_home:index"))
    assert page.context["owed"] | {"open": 2, "overdue": 1} == page.context["owed"]
    assert b"crm-late" in page.content


def test_home_s_queries_do_not_grow(
    client, owner, mailing, django_assert_max_num_queries
):
    client.force_login(owner)
    for _ in range(12):
        contact = factories.ContactFactory()
        factories.PurchaseFactory(contact=contact)
        delivered(mailing, contact)
        uses.recompute([contact.pk])
    client.get(reverse("crm_home:index"))
    with django_assert_max_num_queries(40):
        client.get(reverse("crm_home:index"))


def test_one_click_drafts_a_campaign_for_those_who_came_once(client, owner):
    factories.TopicFactory()
    factories.SenderFactory()
    client.force_login(owner)
    response = client.post(reverse("crm_home:draft_came_once"))
    campaign = Campaign.objects.get()
    assert response.status_code == 302
    assert [s.key for s in campaign.include_segments.all()] == ["came-once"]
    assert not campaign.live


def once(**values):
    contact = factories.ContactFactory(**values)
    factories.PurchaseFactory(contact=contact)
    uses.recompute([contact.pk])
    return contact


def test_the_draft_reaches_those_who_came_once_and_agreed(client, owner):
    """On a new installation: nobody has filled the segment yet."""
    factories.SenderFactory()
    factories.TopicFactory(key="for-firms", name="For firms")
    newsletter = factories.TopicFactory()
    contact = factories.ContactFactory()
    point = factories.PointFactory(contact=contact)
    factories.ConsentFactory(point=point, topic=newsletter)
    factories.uses(contact, 30)
    client.force_login(owner)
    client.post(reverse("crm_home:draft_came_once"))
    assert forecast(Plan.of(Campaign.objects.get())).receive == 1


def test_the_card_says_how_many_of_those_who_came_once_the_draft_is_for(client, owner):
    segment = factories.SegmentFactory(key="came-once", name="Came once")
    factories.MembershipFactory(contact=once(), segment=segment)
    factories.MembershipFactory(segment=segment)
    once()
    client.force_login(owner)
    page = client.get(reverse("crm_home:index"))
    assert page.context["came_once"].figures["total"] == 2
    assert page.context["aim"].number == 1
    assert b"1 of them</a>" in page.content


def test_before_the_first_draft_the_card_says_whom_it_would_be_for(client, owner):
    client.force_login(owner)
    page = client.get(reverse("crm_home:index")).content.decode()
    assert "The draft is for some of them:<br>People with" in page
    assert not Segment.objects.exists()


def test_a_sensitive_segment_is_told_to_nobody_without_the_right(client, role):
    segment = factories.SegmentFactory(key="came-once", name="Came once")
    Segment.objects.filter(pk=segment.pk).update(reads_sensitive=True)
    client.force_login(role("marketer"))
    assert client.get(reverse("crm_home:index")).context["aim"] is None


def test_the_card_leads_to_lists_of_exactly_those_whom_it_counts(client, owner):
    segment = factories.SegmentFactory(key="came-once", name="Came once")
    member, other = once(family_name="Miller"), once(family_name="Smith")
    factories.MembershipFactory(contact=member, segment=segment)
    often = factories.ContactFactory(family_name="Jones")
    factories.uses(often, 5, 9)
    client.force_login(owner)
    page = client.get(reverse("crm_home:index"))
    everybody, some = (
        client.get(address).content.decode()
        for address in (page.context["everybody_url"], page.context["aim"].url)
    )
    assert (member.name in everybody, other.name in everybody) == (True, True)
    assert (member.name in some, other.name in some) == (True, False)
    assert often.name not in everybody + some


def test_what_came_of_the_campaigns_is_drawn_with_a_table_twin(
    client, owner, mailing, contact
):
    delivered(mailing, contact)
    factories.BookingFactory(contact=contact)
    client.force_login(owner)
    for address in (
        reverse("crm_home:index"),
        reverse("crm_report:show", args=["campaigns"]),
    ):
        page = client.get(address).content.decode()
        chart = page.partition("Bookings by recipients</figcaption>")[2]
        assert "<svg" in chart.partition("</figure>")[0]
        assert "Show as a table" in chart.partition("</figure>")[0]


def test_bookings_uses_and_sales_are_drawn_in_this_order(mailing, contact):
    delivered(mailing, contact)
    factories.PurchaseFactory(contact=contact, amount=1500)
    drawn = campaigns.charts(campaigns.lines([mailing]))
    assert [chart.value_heading for chart in drawn] == ["Bookings", "Uses", "Sales"]
    assert drawn[2].items[0].shown == "¥1,500"


def test_a_draft_is_not_made_by_looking(client, owner):
    client.force_login(owner)
    assert client.get(reverse("crm_home:draft_came_once")).status_code == 405


def test_staff_may_not_draft(client, role):
    client.force_login(role("staff"))
    client.post(reverse("crm_home:draft_came_once"))
    assert not Campaign.objects.exists()


def test_without_a_sender_it_says_what_to_do(client, owner):
    client.force_login(owner)
    response = client.post(reverse("crm_home:draft_came_once"), follow=True)
    assert b"Add a sender and a topic first" in response.content


def test_wagtail_s_own_home_shows_what_is_owed(client, owner, outsider):
    client.force_login(owner)
    assert b"CRM today" in client.get(reverse("wagtailadmin_home")).content
    client.force_login(outsider)
    assert b"CRM today" not in client.get(reverse("wagtailadmin_home")).content


def test_a_mailing_is_judged_by_what_recipients_did_afterwards(mailing, contact):
    sent = delivered(mailing, contact)
    other = factories.ContactFactory()
    for person in (contact, other):
        factories.PurchaseFactory(contact=person, amount=1500)
        factories.BookingFactory(contact=person)
        Use.objects.create(contact=person, on=timezone.localdate(), number=1)
    Response.objects.create(delivery=sent, kind="click", at=timezone.now())
    Response.objects.create(
        delivery=sent, kind="click", at=timezone.now(), machine=True
    )
    line = campaigns.lines([mailing])[0]
    assert (line.results.sent, line.bookings, line.uses, line.sales, line.clicks) == (
        1, 1, 1, 1500, 1,
    )  # fmt: skip


def test_what_happened_before_the_mail_or_too_late_does_not_count(mailing, contact):
    delivered(mailing, contact, days_ago=60)
    factories.PurchaseFactory(contact=contact)
    factories.PurchaseFactory(
        contact=contact, at=timezone.now() - dt.timedelta(days=61)
    )
    assert campaigns.lines([mailing])[0].sales == 0


def test_all_mailings_together_cost_as_much_as_one(mailing, django_assert_num_queries):
    with django_assert_num_queries(8):
        campaigns.lines([mailing, mailing])


def test_the_report_counts_for_the_days_of_the_campaign(mailing, contact):
    Campaign.objects.update(goal_days=3)
    delivered(mailing, contact, days_ago=5)
    factories.BookingFactory(contact=contact)
    assert campaigns.lines(campaigns.launched(1))[0].bookings == 0


@pytest.mark.parametrize(
    ("right", "panel"),
    [
        ("view_deal", 'aria-labelledby="deals"'),
        ("view_inquiry", 'aria-labelledby="answers"'),
        ("view_campaign", 'aria-labelledby="campaigns"'),
    ],
)
def test_the_role_decides_which_panels_stand_on_the_home(client, role, right, panel):
    client.force_login(role("staff"))
    home = reverse("crm_home:index")
    assert panel in client.get(home).content.decode()
    group = Group.objects.get(name="Staff")
    group.permissions.remove(Permission.objects.get(codename=right))
    assert panel not in client.get(home).content.decode()
