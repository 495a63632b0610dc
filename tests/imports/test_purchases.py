import datetime as dt

import pytest

from crm_plugin.imports.models import ImportRow
from crm_plugin.models import ContactChange, Product, ProductCategory, Purchase
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(contact):
    factories.PointFactory(
        contact=contact, kind="card", value="M-0001", value_norm="m0001"
    )
    return contact


def test_the_tills_headings_are_understood(wizard):
    batch = wizard.upload(sheets.till(), "pos.csv", noun="purchases")
    assert list(batch.mapping.values()) == [
        "sale.on",
        "sale.time",
        "sale.member",
        "sale.item",
        "sale.category",
        "sale.amount",
        "sale.payment",
        "sale.returned",
    ]


def test_lines_of_one_moment_and_member_are_one_purchase(wizard, member):
    wizard.till()
    lunch = Purchase.objects.get(contact=member, on=dt.date(2025, 4, 1))
    assert lunch.amount == 1500
    assert lunch.lines.count() == 2


def test_the_time_is_the_shops_time(wizard, member):
    wizard.till()
    lunch = Purchase.objects.get(contact=member, on=dt.date(2025, 4, 1))
    assert lunch.at == dt.datetime(2025, 4, 1, 3, 10, tzinfo=dt.UTC)


def test_a_line_that_cannot_be_read_is_left_out(wizard, member):
    batch = wizard.till()
    assert batch.counts["bad"] == 1
    assert Purchase.objects.count() == 5


def test_an_unknown_member_is_kept_without_a_contact_and_shown(wizard, member):
    batch = wizard.till()
    unknown = Purchase.objects.get(member_number="m0404")
    assert unknown.contact is None
    assert batch.counts["done"]["unknown"] == 1
    assert ImportRow.objects.get(batch=batch, number=4).cleaned["note"]


def test_a_return_is_negative_and_linked(wizard, member):
    wizard.till()
    back = Purchase.objects.get(amount=-1200)
    assert back.contact == member
    assert back.returns.amount == 1500


def test_payments_are_understood(wizard, member):
    wizard.till()
    paid = Purchase.objects.filter(on__lte=dt.date(2025, 4, 2)).order_by("at")
    assert [purchase.payment for purchase in paid] == ["cash", "qr", "card"]


def test_a_second_delivery_changes_nothing(wizard, member):
    wizard.till()
    batch = wizard.till()
    assert batch.counts["same"] == 6
    assert Purchase.objects.count() == 5


def test_a_second_delivery_with_new_lines_adds_only_those(wizard, member):
    wizard.till()
    later = ["2025/04/09", "12:00", "M-0001", "コーヒー", "ドリンク", "300", "現金", ""]
    wizard.till(sheets.till([*sheets.SALES, later]))
    assert Purchase.objects.count() == 6


def test_categories_are_matched_with_those_of_the_shop(wizard, member):
    factories.CategoryFactory(key="lunch", name="Lunch", name_ja="ランチ")
    wizard.till()
    assert ProductCategory.objects.count() == 3
    assert Product.objects.get(name="日替わりランチ").category.key == "lunch"


def test_the_contacts_of_purchases_are_fed_to_the_worker(wizard, member):
    wizard.till()
    changed = ContactChange.objects.filter(aspect="purchases")
    assert set(changed.values_list("contact_id", flat=True)) == {member.pk}


def test_undo_removes_purchases_products_and_categories(wizard, member):
    batch = wizard.undo(wizard.till())
    assert not Purchase.objects.exists()
    assert not Product.objects.exists()
    assert not ProductCategory.objects.exists()
    assert batch.counts["undone"]["left"] == 0


def test_undo_leaves_what_was_there_before(wizard, member):
    lunch = factories.CategoryFactory(key="lunch", name="Lunch", name_ja="ランチ")
    own = factories.PurchaseFactory(contact=member)
    wizard.undo(wizard.till())
    assert Purchase.objects.get() == own
    assert ProductCategory.objects.get() == lunch


def test_undo_leaves_a_purchase_that_was_corrected_since(wizard, member, staff):
    from crm_plugin.sales.edit import correct_purchase

    batch = wizard.till()
    unknown = Purchase.objects.get(member_number="m0404")
    correct_purchase(unknown, {"contact": member}, by=staff)
    batch = wizard.undo(batch)
    assert Purchase.objects.get() == unknown
    assert batch.counts["undone"]["left"] == 1


def test_without_time_a_day_and_member_are_one_receipt(wizard, member):
    rows = [["2025-04-01", "M-0001", "A", "100"], ["2025-04-01", "M-0001", "B", "200"]]
    data = sheets.csv_bytes(rows, headers=["日付", "会員番号", "商品名", "金額"])
    wizard.till(data)
    assert Purchase.objects.get().amount == 300


def test_a_receipt_number_tells_two_receipts_of_one_minute_apart(wizard):
    rows = [
        ["2025-04-01 12:00", "1", "A", "100"],
        ["2025-04-01 12:00", "2", "A", "100"],
    ]
    data = sheets.csv_bytes(rows, headers=["日時", "レシート番号", "商品名", "金額"])
    wizard.till(data)
    assert Purchase.objects.count() == 2


def test_a_receipt_is_never_cut_between_two_slices(wizard, monkeypatch):
    from crm_plugin.imports import applying

    monkeypatch.setattr(applying, "SLICE", 2)
    rows = [
        ["2025-04-01", "12:00", "a", "A", "1"],
        ["2025-04-01", "12:05", "b", "A", "1"],
        ["2025-04-01", "12:00", "a", "B", "1"],
        ["2025-04-01", "12:05", "b", "B", "1"],
        ["2025-04-01", "12:00", "a", "C", "1"],
    ]
    headers = ["日付", "時刻", "会員番号", "商品名", "金額"]
    wizard.till(sheets.csv_bytes(rows, headers=headers))
    amounts = Purchase.objects.order_by("at").values_list("amount", flat=True)
    assert list(amounts) == [3, 2]
