"""Every figure that leads somewhere leads to exactly as many people as it says."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_plugin import rules
from crm_plugin.lifecycle import stages, uses
from crm_plugin.models import Contact, ContactFrequency, ContactSales
from crm_plugin.reports import kpi
from tests import factories

pytestmark = pytest.mark.django_db
LEADING = ["came_once", "cross_sell", "frequency_sales", "movement"]


@pytest.fixture
def guests():
    """Some who came once, some for lunch and then dinner, some friends."""
    lunch, dinner = (factories.CategoryFactory(key=key) for key in ("lunch", "dinner"))
    visits = [
        *[(days,) for days in (0, 30, 31, 60, 61, 90, 91, 180, 181, 400)],
        *((50, 20), (300, 200, 10)),
    ]
    for number, days in enumerate(visits):
        contact = factories.ContactFactory()
        for place, ago in enumerate(days):
            at = timezone.now() - dt.timedelta(days=ago)
            purchase = factories.PurchaseFactory(contact=contact, at=at)
            category = dinner if place else lunch
            purchase.lines.create(name="x", category=category, amount=purchase.amount)
        Contact.objects.filter(pk=contact.pk).update(
            created_at=timezone.now() - dt.timedelta(days=max(days))
        )
        uses.recompute([contact.pk])
        stages.recompute([contact.pk])
        ContactFrequency.objects.update_or_create(
            contact=contact, defaults={"days_365": number + 1}
        )
        ContactSales.objects.update_or_create(
            contact=contact, defaults={"net_365": (number * 7) % 12}
        )


def chosen(url):
    (said,) = parse_qs(urlsplit(url).query)["rule"]
    return set(rules.compile_rule(json.loads(said)))


@pytest.mark.parametrize("name", LEADING)
def test_a_cell_leads_to_as_many_as_it_counts(guests, name):
    result = kpi.get(name).result()
    assert result.links
    for (row, column), url in result.links.items():
        assert len(chosen(url)) == result.rows[row][column], result.rows[row]


@pytest.mark.parametrize("name", LEADING)
def test_a_drawing_leads_to_as_many_as_it_shows(guests, name):
    items = [item for chart in kpi.get(name).result().charts for item in chart.items]
    for item in items:
        if item.url:
            assert len(chosen(item.url)) == item.value, item.label


def test_those_who_came_once_can_be_saved_as_a_segment(client, owner, guests):
    client.force_login(owner)
    result = kpi.get("came_once").result()
    assert len(chosen(result.everybody)) == result.figures["total"] == 10
    text = client.get(reverse("crm_report:show", args=["came_once"])).text
    assert "Who they are" in text
    assert "Save as segment" in client.get(result.everybody).text


def test_introducers_can_be_saved_as_a_segment():
    friend = factories.ContactFactory()
    factories.ContactFactory(introduced_by=friend)
    result = kpi.get("introducers").result()
    assert chosen(result.everybody) == {friend.pk}
