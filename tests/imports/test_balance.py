"""A balance, of points or paid in advance, comes from the till's list of cards."""

import pytest
from django.urls import reverse

from crm_plugin import rules
from crm_plugin.models import Contact, ContactValue
from crm_plugin.segments.ready_made import condition
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db
HEADERS = ["お名前（漢字）", "会員番号", "ポイント残高"]
ROWS = [
    ["髙橋 花子", "M-0001", "１，２５０"],
    ["鈴木 一郎", "M-0002", "300"],
    ["田中 美咲", "M-0003", "多数"],
]


@pytest.fixture
def balance(db):
    return factories.AttributeFactory(
        key="balance", label="Balance", label_ja="ポイント残高", type="number"
    )


@pytest.fixture
def holder(wizard, balance):
    """Who holds the card M-0001, once the list is imported."""
    wizard.all(sheets.workbook(ROWS, headers=HEADERS), "cards.xlsx")
    return Contact.objects.get(points__value="M-0001")


def test_it_is_imported_as_a_number_and_what_is_none_is_refused(holder, balance):
    held = ContactValue.objects.filter(definition=balance)
    cards = held.values_list("owner__points__value", "number")
    assert dict(cards) == {"M-0001": 1250, "M-0002": 300}


def test_a_newer_list_brings_the_newer_balance(holder, wizard):
    newer = [["髙橋 花子", "M-0001", "80"]]
    wizard.all(sheets.workbook(newer, headers=HEADERS), "cards.xlsx", update=True)
    assert [value.number for value in holder.values.all()] == [80]


def test_a_rule_and_the_list_choose_by_it(holder, client, owner):
    rich = condition("attribute", attribute="balance", operator="at_least", number=500)
    assert rules.problems([rich]) == []
    assert set(rules.compile_rule([rich])) == {holder.pk}
    client.force_login(owner)
    page = client.get(reverse("crm_contact:index"), {"a_balance_min": "500"}).text
    assert "花子" in page
    assert "一郎" not in page


def test_a_card_at_the_counter_leads_to_the_balance(holder, client, staff):
    client.force_login(staff)
    found = client.post(reverse("crm_find:people"), {"q": "Ｍ－０００１"}).text
    assert f'value="{holder.pk}"' in found
    record = client.get(reverse("crm_contact:inspect", args=[holder.pk])).text
    assert "Balance" in record
    assert "1,250" in record or "1250" in record
