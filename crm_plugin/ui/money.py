"""Amounts as people read them, in the installation's one currency."""

from decimal import Decimal
from typing import Any

from django.utils.formats import number_format

from crm_plugin.conf import WITHOUT_CENTS, setting

SIGNS = {"JPY": "¥", "EUR": "€", "GBP": "£", "USD": "$"}


def plain_number(value: Any) -> str:
    """A number without idle zeros, as inputs and counts show it: 1.5, 10, 120000."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


def format_money(amount: Any) -> str:
    """``¥1,200``, ``−¥1,200`` for a return; "" for nothing known."""
    if amount is None or amount == "":
        return ""
    currency = setting("CRM_CURRENCY")
    value = Decimal(amount)
    places = 0 if currency in WITHOUT_CENTS and value == value.to_integral() else 2
    number = number_format(abs(value), places, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{sign}{number}"
