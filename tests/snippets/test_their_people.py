"""From a list of things to the people behind them, and only to these."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.reports import kpi
from crm_plugin.sales import deals
from tests import factories

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


@pytest.mark.parametrize(
    "name", ["open_deals", "sales_by_channel", "nps", "satisfaction"]
)
def test_a_report_leads_to_a_rule_that_holds(name):
    assert chosen(kpi.get(name).result().everybody) == set()
