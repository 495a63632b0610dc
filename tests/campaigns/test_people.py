"""From a mailing's recipients, and what they did, to a hand-picked segment."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from crm_plugin import models, queue, rules
from crm_plugin.campaigns.results import results
from crm_plugin.contacts import bulk
from crm_plugin.segments.ready_made import condition
from crm_plugin.snippets.campaigns_people import recipients
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def mailing(campaign):
    campaign.goal = "sales"
    campaign.save()
    return factories.MailingFactory(campaign=campaign, name="Autumn", state="finished")


def letter(mailing, *, clicked=False, machine=False, bought=False):
    contact = factories.ContactFactory()
    sent_at = timezone.now() - 5 * DAY
    address = f"g{contact.pk}@mail.example"
    delivery = models.Delivery.objects.create(
        mailing=mailing,
        kind="campaign",
        contact=contact,
        address=address,
        address_norm=address,
        state="sent",
        sent_at=sent_at,
    )
    if clicked:
        models.Response.objects.create(
            delivery=delivery, kind="click", at=sent_at + DAY, machine=machine
        )
    if bought:
        factories.PurchaseFactory(contact=contact, at=sent_at + DAY, amount=900)
    return contact.pk


def chosen(mailing, kind, **more):
    asked = condition(
        "mailing", mailing=str(mailing.pk), kind=kind, when="ever", **more
    )
    return set(rules.compile_rule([asked]))


def test_what_recipients_of_one_mailing_did_is_told_from_those_of_another(
    mailing, campaign
):
    silent, machine = letter(mailing), letter(mailing, clicked=True, machine=True)
    keen, buyer = letter(mailing, clicked=True), letter(mailing, bought=True)
    again = factories.MailingFactory(campaign=campaign)
    other = letter(again, clicked=True, bought=True)
    assert chosen(mailing, "sent") == {silent, machine, keen, buyer}
    assert chosen(mailing, "clicked") == {keen}
    assert chosen(mailing, "silent") == {silent, machine, buyer}
    assert chosen(mailing, "converted") == {buyer}
    assert chosen(mailing, "unconverted") == {silent, machine, keen}
    assert chosen(again, "sent") == {other}


def test_what_they_did_need_not_be_what_the_campaign_is_for(mailing, campaign):
    type(campaign).objects.filter(pk=campaign.pk).update(goal="booking")
    silent, buyer = letter(mailing), letter(mailing, bought=True)
    assert chosen(mailing, "converted") == set()
    assert chosen(mailing, "converted", act="sales") == {buyer}
    assert chosen(mailing, "unconverted", act="sales") == {silent}
    said = rules.sentence(
        [
            condition(
                "campaign", campaign=str(campaign.pk), kind="unconverted", act="sales"
            )
        ]
    )
    assert "sent, and then not: bought" in said


def test_the_figures_beside_the_buttons_are_those_of_the_rules(mailing):
    letter(mailing), letter(mailing, clicked=True), letter(mailing, bought=True)
    outcome = results([mailing])[mailing.pk]
    known = [one for one in recipients(mailing, outcome) if one.number is not None]
    assert len(known) == 3
    for one in known:
        assert len(set(rules.compile_rule([one.condition]))) == one.number


def test_a_mailing_without_a_campaign_has_no_goal(mailing):
    models.Mailing.objects.filter(pk=mailing.pk).update(campaign=None)
    guest = letter(mailing, bought=True)
    assert chosen(mailing, "converted") == set()
    assert chosen(mailing, "unconverted") == {guest}


def test_its_page_leads_to_a_segment_of_who_did_not_click(client, owner, mailing):
    silent = letter(mailing)
    letter(mailing, clicked=True)
    client.force_login(owner)
    page = client.get(reverse("crm_campaign:mailing", args=[mailing.public_id])).text
    outcome = results([mailing])[mailing.pk]
    url = next(
        one.url
        for one in recipients(mailing, outcome)
        if one.condition["value"]["kind"] == "silent"
    )
    assert escape(url) in page
    assert ">1</strong> contact" in client.get(url).text
    client.post(url, {"value": "new", "name": "Silent in autumn"})
    queue.run_due(bulk.KIND)
    picked = models.SegmentPick.objects.filter(segment__name="Silent in autumn")
    assert set(picked.values_list("contact_id", flat=True)) == {silent}


def test_who_may_not_pick_is_offered_nothing(client, role, mailing):
    letter(mailing)
    client.force_login(role("staff"))
    page = client.get(reverse("crm_campaign:mailing", args=[mailing.public_id])).text
    assert "Make a segment of these people" not in page


def test_a_mailing_that_reached_nobody_offers_nothing(client, owner, mailing):
    client.force_login(owner)
    page = client.get(reverse("crm_campaign:mailing", args=[mailing.public_id])).text
    assert "Make a segment of these people" not in page


def test_a_mailing_that_is_gone_breaks_the_rule_and_says_so():
    asked = [condition("mailing", mailing="0", kind="sent", when="ever")]
    with pytest.raises(rules.BrokenRule, match="The mailing is gone"):
        rules.compile_rule(asked)
    assert "mailing “…” sent" in rules.sentence(asked)
