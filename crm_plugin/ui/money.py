"""Amounts as people read them, in the installation's one currency."""

from decimal import Decimal
from typing import Any

from crm_plugin.conf import format_money

__all__ = ["format_money", "plain_number"]


def plain_number(value: Any) -> str:
    """A number without idle zeros, as inputs and counts show it: 1.5, 10, 120000."""
    return "" if value is None else f"{Decimal(value).normalize():f}"
