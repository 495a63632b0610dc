import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_plugin.contacts import changes
from crm_plugin.models import ContactSales, Purchase, Use
from crm_plugin.sales.edit import (
    Corrected,
    WasGivenBack,
    correct_purchase,
    remove_purchase,
)
from crm_plugin.sales.give_back import (
    NothingGivenBack,
    ReturnedMore,
    TooMuch,
    give_back,
    left_of,
)
from crm_plugin.sales.record import Line, record_purchase
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(contact, owner):
    """Three boxes for 1,000 and a tea."""
    lines = [Line("Box", Decimal(1000), quantity=Decimal(3)), Line("Tea", Decimal(300))]
    at = timezone.now() - dt.timedelta(days=3)
    return record_purchase(contact=contact, at=at, lines=lines, by=owner)


@pytest.fixture
def box(bought):
    return bought.lines.get(name="Box")


def back(bought, quantities, **said):
    said = {"at": timezone.now(), "payment": "cash", "by": None, **said}
    return give_back(bought, quantities, **said)


def test_a_return_is_a_purchase_below_zero_that_names_what_it_gives_back(bought, box):
    row = back(bought, {box.pk: Decimal(1)})
    assert (row.amount, row.returns, row.contact) == (-333, bought, bought.contact)
    assert row.lines.get().returns == box


def test_the_last_ones_take_what_rounding_left_over(bought, box):
    back(bought, {box.pk: Decimal(2)})
    last = back(bought, {box.pk: Decimal(1)})
    assert last.amount == -333
    assert left_of(bought)[0].amount == 0


@pytest.mark.parametrize("wanted", [4, "3.01", 999])
def test_more_than_was_bought_is_refused(bought, box, wanted):
    with pytest.raises(TooMuch):
        back(bought, {box.pk: Decimal(wanted)})


def test_more_than_is_left_is_refused(bought, box):
    back(bought, {box.pk: Decimal(2)})
    with pytest.raises(TooMuch, match="at most 1 can"):
        back(bought, {box.pk: Decimal(2)})


def test_a_return_of_a_till_counts_by_the_name_of_the_item(bought, box):
    till = record_purchase(
        at=timezone.now(),
        lines=[Line("BOX", Decimal(-333))],
        returns_id=bought.pk,
        by=None,
    )
    assert till.amount == -333
    assert left_of(bought)[0].quantity == 2


def test_a_return_cannot_be_given_back(bought, box):
    row = back(bought, {box.pk: Decimal(1)})
    with pytest.raises(NothingGivenBack):
        back(row, {row.lines.get().pk: Decimal(1)})


def test_nothing_named_is_nothing_given_back(bought, box):
    with pytest.raises(NothingGivenBack):
        back(bought, {box.pk: Decimal(0)})


def test_what_was_given_back_stands_against_a_correction(bought, box):
    back(bought, {box.pk: Decimal(2)})
    fewer = [Corrected("Box", Decimal(900), Decimal(1), pk=box.pk)]
    with pytest.raises(ReturnedMore):
        correct_purchase(bought, {}, lines=fewer, by=None)
    with pytest.raises(WasGivenBack):
        remove_purchase(bought, by=None)


def test_a_whole_return_takes_the_use_away(bought, contact):
    changes.drain()
    assert Use.objects.filter(contact=contact).count() == 1
    back(bought, {line.pk: line.quantity for line in bought.lines.all()})
    changes.drain()
    changes.drain()
    assert ContactSales.objects.get(contact=contact).net == 0


class TestCorrecting:
    def test_lines_are_changed_added_and_taken_out(self, bought, box):
        tea = bought.lines.get(name="Tea")
        lines = [
            Corrected("Box", Decimal(1100), Decimal(3), pk=box.pk),
            Corrected("Cake", Decimal(400)),
        ]
        correct_purchase(bought, {}, lines=lines, by=None)
        assert Purchase.objects.get().amount == 1500
        assert not bought.lines.filter(pk=tea.pk).exists()

    def test_only_a_name_changes_the_version_too(self, bought, box):
        tea = bought.lines.get(name="Tea")
        lines = [
            Corrected("Bento", 1000, 3, product_id=box.product_id, pk=box.pk),
            Corrected("Tea", tea.amount, product_id=tea.product_id, pk=tea.pk),
        ]
        assert correct_purchase(bought, {}, lines=lines, by=None)
        assert Purchase.objects.get().version == 2

    def test_nothing_changed_is_no_operation(self, bought):
        lines = [
            Corrected(
                line.name,
                line.amount,
                line.quantity,
                product_id=line.product_id,
                pk=line.pk,
            )
            for line in bought.lines.all()
        ]
        assert correct_purchase(bought, {}, lines=lines, by=None) is None

    def test_what_was_first_follows_a_back_dated_correction(self, bought, contact):
        later = factories.PurchaseFactory(contact=contact)
        later.lines.create(name="Dinner", amount=5000)
        changes.note([contact.pk], "purchases")
        changes.drain()
        assert ContactSales.objects.get(contact=contact).first_item == "Box"
        long_ago = timezone.now() - dt.timedelta(days=400)
        correct_purchase(later, {"at": long_ago}, by=None)
        changes.drain()
        sales = ContactSales.objects.get(contact=contact)
        assert sales.first_item == "Dinner"
        assert sales.first_on == timezone.localdate(long_ago)
