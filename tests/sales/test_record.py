import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.journal import Change
from crm_plugin.models import (
    ContactChange,
    ContactSales,
    Product,
    ProductCategory,
    Purchase,
    PurchaseLine,
)
from crm_plugin.sales import record, summaries
from crm_plugin.sales.record import Line, Sale
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2025, 4, 1, 3, 0, tzinfo=dt.UTC)


def sale(**values):
    values.setdefault("at", NOON)
    values.setdefault("lines", [Line("Set lunch", Decimal(1200), category="Lunch")])
    return Sale(**values)


def test_a_purchase_holds_its_lines_and_their_sum(contact, owner):
    lines = [Line("Set lunch", Decimal(1200)), Line("Coffee", Decimal(300))]
    purchase = record.record_purchase(contact=contact, at=NOON, lines=lines, by=owner)
    assert purchase.amount == 1500
    assert [line.name for line in purchase.lines.order_by("id")] == [
        "Set lunch",
        "Coffee",
    ]


def test_the_day_of_a_purchase_is_the_sites_day(contact, owner):
    late = dt.datetime(2025, 4, 1, 15, 30, tzinfo=dt.UTC)
    purchase = record.record_purchase(
        contact=contact, at=late, lines=[Line("Tea", Decimal(1))], by=owner
    )
    assert purchase.on == dt.date(2025, 4, 2)


def test_a_second_delivery_changes_nothing(contact, owner):
    first = record.record_purchase(
        contact=contact, at=NOON, lines=[Line("Tea", Decimal(1))], key="r1", by=owner
    )
    again = record.record_purchase(
        contact=contact, at=NOON, lines=[Line("Tea", Decimal(1))], key="r1", by=owner
    )
    assert again == first
    assert PurchaseLine.objects.count() == 1


def test_the_same_receipt_number_of_another_feed_is_another_purchase():
    record.record_sales([sale(key="r1")], feed="till-1")
    record.record_sales([sale(key="r1")], feed="till-2")
    assert Purchase.objects.count() == 2


def test_a_purchase_is_journalled_and_noted(contact, owner):
    record.record_purchase(contact=contact, at=NOON, lines=sale().lines, by=owner)
    assert Change.objects.filter(model="purchase", field="").exists()
    assert ContactChange.objects.filter(
        contact_id=contact.pk, aspect="purchases"
    ).exists()


def test_categories_are_found_however_they_are_written():
    lunch = factories.CategoryFactory(key="lunch", name="Lunch", name_ja="ランチ")
    lines = [
        Line("A", Decimal(1), category="らんち"),
        Line("B", Decimal(1), category="ＬＵＮＣＨ"),
    ]
    record.record_sales([sale(lines=lines)], feed="till")
    assert ProductCategory.objects.get() == lunch
    assert set(PurchaseLine.objects.values_list("category", flat=True)) == {lunch.pk}


def test_unknown_categories_and_products_are_made_once():
    lines = [Line("日替わり", Decimal(900), category="昼の部")] * 2
    record.record_sales([sale(lines=lines), sale(lines=lines)], feed="till")
    assert ProductCategory.objects.get().name == "昼の部"
    assert Product.objects.get().category == ProductCategory.objects.get()


def test_the_number_of_statements_does_not_grow_with_the_sales():
    def deliver(start, count):
        with CaptureQueriesContext(connection) as asked:
            record.record_sales(
                [sale(key=f"r{number}") for number in range(start, start + count)],
                feed="till",
            )
        return len(asked)

    deliver(0, 1)
    assert deliver(1000, 60) == deliver(10, 5) <= 10


def test_a_return_is_linked_to_what_it_gives_back(contact):
    from crm_plugin.sales.returns import link_returns

    bought = record.record_sales(
        [sale(key="1", contact_id=contact.pk)], feed="till"
    ).purchases[0]
    back = record.record_sales(
        [
            sale(
                key="2",
                contact_id=contact.pk,
                at=NOON + dt.timedelta(days=1),
                lines=[Line("Set lunch", Decimal(-1200))],
            )
        ],
        feed="till",
    ).purchases
    assert link_returns(back) == 1
    assert Purchase.objects.get(external_id="2").returns == bought


def test_a_return_of_something_never_bought_stays_unlinked(contact):
    from crm_plugin.sales.returns import link_returns

    back = record.record_sales(
        [sale(contact_id=contact.pk, lines=[Line("Cake", Decimal(-500))])], feed="t"
    ).purchases
    assert link_returns(back) == 0


@pytest.fixture
def regular(contact):
    lines = [
        Line("Coffee", Decimal(300), category="Drinks"),
        Line("Set lunch", Decimal(1200), category="Lunch"),
    ]
    record.record_sales(
        [
            sale(contact_id=contact.pk, lines=lines),
            sale(contact_id=contact.pk, at=NOON + dt.timedelta(days=30)),
            sale(
                contact_id=contact.pk,
                at=NOON + dt.timedelta(days=40),
                lines=[Line("Set lunch", Decimal(-1200))],
            ),
        ],
        feed="till",
    )
    summaries.recompute([contact.pk])
    contact.refresh_from_db()
    return contact


def test_the_summary_counts_sales_and_nets_returns(regular):
    assert (regular.sales.count, regular.sales.net) == (2, 1500)


def test_the_summary_knows_first_and_last_day(regular):
    assert regular.sales.first_on == dt.date(2025, 4, 1)
    assert regular.sales.last_on == dt.date(2025, 5, 1)


def test_what_was_bought_first_is_the_dearest_line_of_the_first_sale(regular):
    assert regular.sales.first_item == "Set lunch"
    assert regular.sales.first_category.name == "Lunch"


def test_a_back_dated_sale_becomes_the_first(regular):
    early = NOON - dt.timedelta(days=300)
    record.record_sales(
        [sale(contact_id=regular.pk, at=early, lines=[Line("Bento", Decimal(800))])],
        feed="till",
    )
    summaries.recompute([regular.pk])
    regular.sales.refresh_from_db()
    assert regular.sales.first_item == "Bento"
    assert regular.sales.first_category is None


def test_without_purchases_there_is_no_summary(regular):
    Purchase.objects.all().delete()
    summaries.recompute([regular.pk])
    assert not ContactSales.objects.exists()


def test_summaries_cost_two_statements_for_any_number(django_assert_num_queries):
    ids = [factories.PurchaseFactory().contact_id for _number in range(30)]
    with django_assert_num_queries(4):
        summaries.recompute(ids)


def test_a_card_that_becomes_known_adopts_its_purchases(contact):
    record.record_sales([sale(member_number="m100")], feed="till")
    factories.PointFactory(
        contact=contact, kind="card", value="M-100", value_norm="m100"
    )
    changes.note([contact.pk], "points")
    changes.drain()
    assert Purchase.objects.get().contact == contact
    assert contact.sales.net == 1200


def test_purchases_stand_in_the_history(contact, owner):
    from crm_plugin.touchpoints import history

    record.record_purchase(contact=contact, at=NOON, lines=sale().lines, by=owner)
    [entry] = [
        entry
        for entry in history.story(contact, user=owner)
        if entry.key.startswith("purchase")
    ]
    assert (entry.amount, entry.body) == (1200, "Set lunch")


def test_purchases_are_hidden_from_who_may_not_see_them(contact, outsider):
    from crm_plugin.sales.story import purchases

    factories.PurchaseFactory(contact=contact, at=timezone.now())
    assert purchases(contact.pk, before=None, limit=9, user=outsider) == []
