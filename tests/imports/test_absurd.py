"""Figures in a sheet that nobody can mean are said beside their cell."""

import pytest

from crm_plugin.models import Purchase

pytestmark = pytest.mark.django_db
HEADER = "日付,商品名,数量,金額\n"


@pytest.mark.parametrize(
    "row",
    ["2025-04-01,Tea,1,9999999999999999", "2025-04-01,Tea,99999999999,500"],
)
def test_what_cannot_be_recorded_is_a_bad_row(wizard, row):
    sheet = HEADER + row + "\n2025-04-02,Tea,1,500\n"
    batch = wizard.till(sheet.encode())
    assert batch.counts["bad"] == 1
    assert [purchase.amount for purchase in Purchase.objects.all()] == [500]


def test_a_receipt_of_more_than_can_be_recorded_is_left_out(wizard):
    line = "2025-04-01,Tea,1,999999999999\n"
    batch = wizard.till((HEADER + line * 2 + "2025-04-02,Tea,1,500\n").encode())
    assert [purchase.amount for purchase in Purchase.objects.all()] == [500]
    assert batch.counts["bad"] == 2
