from decimal import Decimal

import pytest

from crm_plugin.templatetags.crm_money import figure
from crm_plugin.ui.money import format_money


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(1200, "¥1,200"), ("-1200", "−¥1,200"), (0, "¥0"), (None, ""), ("1.50", "¥1.50")],
)
def test_yen_are_shown_as_on_a_receipt(amount, shown):
    assert format_money(amount) == shown


def test_another_currency_has_cents(settings):
    settings.CRM_CURRENCY = "EUR"
    assert format_money(1200) == "€1,200.00"


def test_a_report_tells_amounts_from_counts_and_words():
    assert figure(Decimal(127590)) == "¥127,590"
    assert figure(1234) == "1,234"
    assert figure("first use") == "first use"
