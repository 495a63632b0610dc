"""From a list of things to the people behind them, and only to these."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from crm_plugin import models, rules
from crm_plugin.contacts import data_map
from crm_plugin.personalisation import members
from crm_plugin.reports import kpi
from crm_plugin.sales import deals, summaries
from crm_plugin.snippets.claims import people_url
from crm_plugin.touchpoints.models import Channel
from tests import factories
from tests.site_tree import plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def led(client, owner):
    """To whom the button of a list leads; None without one."""
    client.force_login(owner)

    def look(name, **asked):
        page = client.get(reverse(name), asked)
        (url,) = {
            button.url
            for button in page.context["header_buttons"]
            if "rule=" in (button.url or "")
        } or {None}
        return url and chosen(url)

    return look


def chosen(url):
    (said,) = parse_qs(urlsplit(url).query)["rule"]
    rule = json.loads(said)
    assert rules.problems(rule) == []
    return set(rules.compile_rule(rule))


def test_purchases_lead_to_the_buyers_of_the_filters(led):
    at = timezone.now()
    lunch = factories.CategoryFactory(key="lunch")
    late = factories.PurchaseFactory(at=at, channel="shop")
    late.lines.create(name="x", category=lunch, amount=late.amount)
    early = factories.PurchaseFactory(at=at - dt.timedelta(days=60), channel="web")
    both = {late.contact_id, early.contact_id}
    assert led("crm_purchase:index") == both
    assert led("crm_purchase:index", channel="web") == {early.contact_id}
    assert led("crm_purchase:index", category=lunch.pk) == {late.contact_id}
    since = {"on_from": timezone.localdate().isoformat()}
    assert led("crm_purchase:index", **since) == {late.contact_id}
    assert led("crm_purchase:index", unknown="true") is None
    assert led("crm_purchase:index", q="Sato") is None


def test_deals_lead_to_who_is_involved(led, owner):
    factories.DealStageFactory(key="won", kind="won")
    under_way, won = factories.DealFactory(), factories.DealFactory()
    deals.win(won, by=owner)
    assert led("crm_deal:list") == {under_way.contact_id, won.contact_id}
    assert led("crm_deal:list", state="open") == {under_way.contact_id}
    assert led("crm_deal:list", state="won") == {won.contact_id}
    assert led("crm_deal:list", stage=under_way.stage_id) is None


def test_bookings_lead_to_who_came(led):
    came = factories.BookingFactory(came_at=timezone.now())
    other = factories.BookingFactory()
    made = {came.contact_id, other.contact_id}
    assert led("crm_booking:list") == made
    assert led("crm_booking:list", state="came") == {came.contact_id}
    assert led("crm_booking:list", state="booked") is None
    assert led("crm_booking:list", starts_at_from="2026-01-01") is None


def test_inquiries_lead_to_those_to_whom_an_answer_is_owed(led):
    asks, complains, heard = (
        factories.InquiryFactory(contact=factories.ContactFactory(), **said)
        for said in ({}, {"kind": "complaint"}, {"closed_at": timezone.now()})
    )
    assert led("crm_inquiry:index", state="open") == {
        asks.contact_id,
        complains.contact_id,
    }
    complaints = led("crm_inquiry:index", state="open", kind="complaint")
    assert complaints == {complains.contact_id}
    everybody = {asks.contact_id, complains.contact_id, heard.contact_id}
    assert led("crm_inquiry:index") == everybody
    assert led("crm_inquiry:index", state="closed") == {heard.contact_id}


def test_inquiries_lead_to_whose_is_overdue_or_owed_by_a_day(led, owner):
    now = timezone.now()
    late, soon = (
        factories.InquiryFactory(due_at=now + dt.timedelta(days=days), owner=whose)
        for days, whose in ((-2, owner), (3, None))
    )
    closed = factories.InquiryFactory(due_at=late.due_at, closed_at=now)
    assert led("crm_inquiry:index", state="overdue") == {late.contact_id}
    today = {"due_to": timezone.localdate().isoformat()}
    past = {late.contact_id, closed.contact_id}
    assert led("crm_inquiry:index", **today) == past
    assert led("crm_inquiry:index", owner=owner.pk) == {late.contact_id}
    assert led("crm_inquiry:index", owner="null", state="open") == {soon.contact_id}
    assert led("crm_inquiry:index", q="Catering") is None


def test_follow_ups_lead_to_with_whom_a_step_is_planned(led, owner):
    today = timezone.localdate()
    late, soon, done = (
        models.FollowUp.objects.create(
            contact=factories.ContactFactory(),
            due_on=today + dt.timedelta(days=days),
            what="Ring",
            **said,
        )
        for days, said in (
            (-2, {"owner": owner, "phase": "sales", "channel": "phone"}),
            (3, {}),
            (-9, {"done_at": timezone.now()}),
        )
    )
    name, first = "crm_today:list", {late.contact_id}
    assert led(name) == {late.contact_id, soon.contact_id}
    assert led(name, state="late") == first
    assert led(name, state="done") == {done.contact_id}
    assert led(name, state="all") == first | {soon.contact_id, done.contact_id}
    assert led(name, due_on_from=today.isoformat()) == {soon.contact_id}
    assert led(name, due_on_to=today.isoformat()) == first
    assert led(name, owner=owner.pk) == first
    assert led(name, owner="null") == {soon.contact_id}
    assert led(name, phase="sales") == led(name, channel="phone") == first
    assert led(name, phase="support") == set()
    assert led(name, q="Ring") is None
    assert led(name, state="nonsense") is None


def test_the_waiting_list_leads_to_who_waits_and_for_which_day(client, owner):
    client.force_login(owner)
    today = timezone.localdate()
    now, later = (
        factories.WaitingFactory(on=today + dt.timedelta(days=days)) for days in (0, 5)
    )
    for gone in ({"left_at": timezone.now()}, {"on": today - dt.timedelta(days=1)}):
        factories.WaitingFactory(**gone)
    page = client.get(reverse("crm_booking:waiting"))
    shown = {entry["row"].contact_id for entry in page.context["entries"]}
    everybody = page.context["people_url"]
    assert chosen(everybody) == shown == {now.contact_id, later.contact_id}
    of_days = [entry["people_url"] for entry in page.context["entries"]]
    assert [chosen(url) for url in of_days] == [{now.contact_id}, {later.contact_id}]
    assert all(escape(url) in page.text for url in (everybody, *of_days))


def test_changes_that_wait_lead_to_about_whom_they_are(client, owner, role):
    client.force_login(owner)
    waits, answered = (
        models.Claim.objects.create(
            submission=factories.SubmissionFactory(contact=person),
            contact=person,
            field="contact.family_name",
            value="x",
            state=state,
        )
        for person, state in zip(
            factories.ContactFactory.create_batch(2),
            ("waiting", "rejected"),
            strict=True,
        )
    )
    page = client.get(reverse("crm_claim:index"))
    assert chosen(page.context["people_url"]) == {waits.contact_id}
    assert "Who they are" in page.text
    assert answered.contact_id
    assert not people_url(role("marketer"))


def test_a_members_page_leads_to_whom_it_lets_in(client, owner):
    client.force_login(owner)
    friends, rivals, banned = (
        factories.SegmentFactory(key=key, live=True)
        for key in ("friends", "rivals", "banned")
    )
    people = factories.ContactFactory.create_batch(4)
    stays = [(0, friends), (1, friends), (2, friends), (1, rivals), (2, banned)]
    for number, segment in [*stays, (3, rivals)]:
        factories.MembershipFactory(segment=segment, contact=people[number])
    pages = plant()
    rule = members.protect(
        pages["menu"], segments=[friends], excluded=[rivals], by=owner
    )

    def let_in():
        (row,) = client.get(reverse("crm_members:index")).context["rules"]
        return row[-1] and chosen(row[-1])

    def admitted():
        return {person.pk for person in people if rule.admits(person.pk)}

    assert let_in() == admitted() == {people[0].pk, people[2].pk}
    models.Segment.objects.filter(pk=banned.pk).update(excludes_always=True)
    assert let_in() == admitted() == {people[0].pk}
    models.Segment.objects.filter(pk=rivals.pk).update(live=False)
    assert let_in() == ""


def test_touchpoints_by_stage_lead_to_who_was_in_that_stage_then():
    contact, other = factories.ContactFactory.create_batch(2)
    today = timezone.localdate()
    turn = today - dt.timedelta(days=10)
    models.StagePeriod.objects.create(
        contact=contact, stage="new", started_on=turn - dt.timedelta(300), ended_on=turn
    )
    for person in (contact, other):
        models.StagePeriod.objects.create(
            contact=person, stage="first", started_on=turn
        )
    for person, days, said in (
        (contact, 11, {}),
        (contact, 10, {"channel": "email", "direction": "out"}),
        (other, 0, {"unverified": True}),
        (other, 0, {"kind": "note", "channel": "web"}),
        (other, 0, {"machine": True, "channel": "web"}),
        (contact, 364, {"channel": "line"}),
        (contact, 365, {"channel": "web"}),
    ):
        at = timezone.now() - dt.timedelta(days=days)
        factories.TouchpointFactory(contact=person, at=at, **said)
    models.StagePeriod.objects.filter(stage="new").update(
        started_on=today - dt.timedelta(days=400)
    )
    result = kpi.get("stage_channel").result()
    labels = {row: cells[0] for row, cells in enumerate(result.rows)}
    found = {
        (labels[row], result.headings[column]): chosen(url)
        for (row, column), url in result.links.items()
    }
    new, first = str(models.Stage.NEW.label), str(models.Stage.FIRST.label)
    phone, email, line = (
        str(Channel(name).label) for name in ("phone", "email", "line")
    )
    assert found == {
        (new, phone): {contact.pk},
        (first, email): {contact.pk},
        (first, phone): {other.pk},
        (new, line): {contact.pk},
    }


def test_organisations_lead_to_their_people(led, owner):
    size = factories.AttributeFactory(
        key="size", type="number", describes="organisation"
    )
    shop, works = factories.OrganisationFactory(), factories.OrganisationFactory()
    people = [factories.ContactFactory() for _number in range(3)]
    for person, firm in zip(people, (shop, works), strict=False):
        models.Affiliation.objects.create(contact=person, organisation=firm)
    works.values.create(definition=size, number=50)
    assert led("crm_organisation:index") == {people[0].pk, people[1].pk}
    assert led("crm_organisation:index", a_size_min="10") == {people[1].pk}
    assert led("crm_organisation:index", owner=owner.pk) is None


@pytest.fixture
def ledger(client, owner):
    """To whom a ledger leads, narrowed so; None where it offers nothing."""
    client.force_login(owner)

    def look(name, **asked):
        page = client.get(f"/admin/crm/ledgers/{name}/", asked)
        url = page.context["people_url"]
        assert (url != "") is ("Who they are" in page.text)
        return chosen(url) if url else None

    return look


def test_the_ledger_of_touchpoints_leads_to_who_did_that(ledger):
    call = factories.TouchpointFactory(kind="call")
    visit = factories.TouchpointFactory(kind="visit")
    assert ledger("touchpoints") == {call.contact_id, visit.contact_id}
    assert ledger("touchpoints", kind__exact="call") == {call.contact_id}
    assert ledger("touchpoints", q="call") is None
    assert ledger("touchpoints", at__gte="2026-01-01 00:00:00+00:00") is None
    assert ledger("touchpoints", result__exact="reached") is None


def test_the_ledger_of_deliveries_leads_to_whom_a_mailing_reached(ledger):
    mailing = factories.MailingFactory()
    reached = factories.DeliveryFactory(mailing=mailing, state="sent")
    factories.DeliveryFactory(mailing=mailing, state="failed")
    asked = {"mailing__id__exact": mailing.pk}
    assert ledger("deliveries", **asked) is None
    assert ledger("deliveries", state__exact="sent", **asked) == {reached.contact_id}


def test_moves_lead_to_who_came_again_in_that_month():
    month = timezone.localdate().replace(day=1)
    again, often, once = factories.ContactFactory.create_batch(3)
    for contact, number in ((again, 2), (often, 3), (often, 4), (once, 1)):
        on = month if number != 4 else month + dt.timedelta(days=1)
        models.Use.objects.create(contact=contact, on=on, number=number)
    result = kpi.get("moves").result()
    row = len(result.rows) - 1
    found = {column: chosen(url) for (at, column), url in result.links.items()}
    assert {at for at, _column in result.links} == {row}
    assert found == {1: {once.pk}, 2: {again.pk}, 3: {often.pk}}


def test_the_data_map_leads_to_those_of_whom_something_is_known(owner):
    likes = factories.AttributeFactory(key="likes", type="text")
    known, _other = factories.ContactFactory.create_batch(2)
    known.values.create(definition=likes, text="wine")
    data_map.count_all()
    result = kpi.get("data_map").result(owner)
    ((place, url),) = result.links.items()
    assert result.rows[place[0]][place[1]] == 1
    assert chosen(url) == {known.pk}


def test_the_report_after_a_purchase_leads_to_its_buyers():
    for days in (13, 14, 89, 90):
        at = timezone.now() - dt.timedelta(days=days)
        sold = factories.PurchaseFactory(at=at)
        summaries.recompute([sold.contact_id])
    result = kpi.get("after_purchase").result()
    assert len(chosen(result.everybody)) == result.figures["bought"] == 2


@pytest.mark.parametrize(
    "name",
    [
        *("open_deals", "sales_by_channel", "nps", "satisfaction"),
        *("answers", "searches", "deal_days", "after_purchase"),
    ],
)
def test_a_report_leads_to_a_rule_that_holds(name):
    assert chosen(kpi.get(name).result().everybody) == set()
