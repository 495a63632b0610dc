"""Whose a till's receipt is: by member number, e-mail address or phone number."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.contacts import points
from crm_plugin.imports.models import ImportRow
from crm_plugin.imports.purchase_rows import PurchaseChecker
from crm_plugin.models import Change, Purchase
from tests import factories

from . import sheets

pytestmark = pytest.mark.django_db
ADDRESSED = ["日付", "時刻", "会員番号", "メールアドレス", "電話番号", "商品名", "金額"]


def addressed(*buyers, headers=ADDRESSED):
    """A sheet whose buyers all came in one minute: card, e-mail and phone of each."""
    rows = [["2025-04-01", "12:00", *buyer, "A", "100"] for buyer in buyers]
    return sheets.csv_bytes(rows, headers=headers)


@pytest.fixture
def reached(db):
    """A person with an address and a number of their own."""
    return with_points(
        factories.ContactFactory(), email="hanako@mail.example", phone="09012345678"
    )


def with_points(contact, **norms):
    for kind, norm in norms.items():
        factories.PointFactory(
            contact=contact, kind=kind, value=norm, value_norm=points.norm(kind, norm)
        )
    return contact


@pytest.mark.parametrize(
    "headers",
    [
        ["日付", "時刻", "会員番号", "メールアドレス", "電話番号", "商品名", "金額"],
        ["date", "time", "member", "E-mail", "Phone number", "item", "amount"],
        ["日付", "時刻", "会員番号", "E-Mail※", "TEL", "商品名", "金額"],
    ],
)
def test_columns_of_addresses_are_understood(wizard, headers):
    data = addressed(["", "a@mail.example", ""], headers=headers)
    batch = wizard.upload(data, "pos.csv", noun="purchases")
    found = list(batch.mapping.values())
    assert found[2:5] == ["sale.member", "sale.email", "sale.phone"]


@pytest.mark.parametrize(
    "buyer",
    [
        ["", "Ｈanako@Mail.Example", ""],
        ["", "", "090-1234-5678"],
        ["", "nobody@mail.example", "０９０－１２３４－５６７８"],
        ["M-0404", "hanako@mail.example", ""],
    ],
)
def test_who_has_no_known_card_is_found_by_e_mail_then_by_phone(wizard, reached, buyer):
    wizard.till(addressed(buyer))
    assert Purchase.objects.get().contact == reached


def test_the_card_says_more_than_an_address(wizard, contact):
    with_points(contact, card="M-0001")
    other = with_points(factories.ContactFactory(), email="b@mail.example")
    wizard.till(addressed(["M-0001", "b@mail.example", ""]))
    assert Purchase.objects.get().contact == contact
    assert not other.purchases.exists()


def test_an_address_of_two_people_is_nobodys_and_the_row_says_so(wizard, reached):
    with_points(
        factories.ContactFactory(), email="hanako@mail.example", phone="0166123456"
    )
    batch = wizard.till(addressed(["", "hanako@mail.example", ""]))
    assert Purchase.objects.get().contact is None
    row = ImportRow.objects.get(batch=batch)
    assert row.outcome == "new"
    assert [problem["column"] for problem in row.problems] == [3]
    assert "Several people" in row.problems[0]["message"]


def test_a_phone_number_of_two_people_is_nobodys(wizard, reached):
    with_points(factories.ContactFactory(), phone="09012345678")
    batch = wizard.till(addressed(["", "", "090-1234-5678"]))
    assert Purchase.objects.get().contact is None
    assert ImportRow.objects.get(batch=batch).problems[0]["column"] == 4


def test_of_two_with_one_address_the_phone_number_tells_which(wizard, reached):
    with_points(
        factories.ContactFactory(), email="hanako@mail.example", phone="0166123456"
    )
    wizard.till(addressed(["", "hanako@mail.example", "090-1234-5678"]))
    assert Purchase.objects.get().contact == reached


def test_a_stranger_with_the_phone_number_is_not_meant(wizard, reached):
    with_points(factories.ContactFactory(), email="hanako@mail.example")
    with_points(factories.ContactFactory(), phone="0166123456")
    wizard.till(addressed(["", "hanako@mail.example", "0166-12-3456"]))
    assert Purchase.objects.get().contact is None


def test_who_was_archived_is_not_meant(wizard, reached):
    reached.archived_at = timezone.now()
    reached.save()
    keeper = with_points(factories.ContactFactory(), phone="09012345678")
    wizard.till(addressed(["", "hanako@mail.example", "090-1234-5678"]))
    assert Purchase.objects.get().contact == keeper


def test_an_unknown_address_is_kept_without_a_contact_and_said(wizard):
    batch = wizard.till(addressed(["", "nobody@mail.example", ""]))
    assert Purchase.objects.get().contact is None
    note = ImportRow.objects.get(batch=batch).cleaned["note"]
    assert note == "Nobody is known under this: kept without a contact."


def test_two_guests_of_one_minute_stay_two_receipts(wizard, reached):
    guests = [
        ["", "hanako@mail.example", ""],
        ["", "HANAKO@mail.example", ""],
        ["", "other@mail.example", ""],
        ["", "", "0166-12-3456"],
        ["", "", "０１６６１２３４５６"],
        ["M-9", "", ""],
        ["", "", ""],
    ]
    wizard.till(addressed(*guests))
    amounts = Purchase.objects.order_by("-amount").values_list("amount", flat=True)
    assert list(amounts) == [200, 200, 100, 100, 100]


def test_a_second_delivery_by_address_changes_nothing(wizard, reached):
    guests = [["", "hanako@mail.example", ""], ["", "", "0166-12-3456"]]
    wizard.till(addressed(*guests))
    with_points(factories.ContactFactory(), email="hanako@mail.example")
    batch = wizard.till(addressed(*guests))
    assert batch.counts["same"] == 2
    assert Purchase.objects.count() == 2
    assert not ImportRow.objects.filter(batch=batch).exclude(problems=[]).exists()


def test_no_address_is_kept_with_the_purchase(wizard):
    wizard.till(addressed(["", "hanako@mail.example", ""], ["", "", "0166-12-3456"]))
    kept = str(list(Purchase.objects.values())) + str(list(Change.objects.values()))
    assert "hanako" not in kept
    assert "0166123456" not in kept


def test_an_address_that_cannot_be_read_leaves_the_line_out(wizard):
    batch = wizard.till(addressed(["", "ken(at)mail.example", ""]))
    assert batch.counts["bad"] == 1
    assert not Purchase.objects.exists()


def test_many_buyers_cost_as_many_questions_as_few(wizard):
    def cost(count):
        buyers = [["", f"{n}@mail.example", f"0166-12-{n:04}"] for n in range(count)]
        batch = wizard.upload(addressed(*buyers), "pos.csv", noun="purchases")
        rows = list(batch.rows.order_by("number"))
        with CaptureQueriesContext(connection) as queries:
            PurchaseChecker(batch).check(rows)
        return len(queries)

    assert cost(40) == cost(2)
