"""Amounts as people read them, in the installation's one currency."""

from decimal import Decimal
from typing import Any

from django import forms

from crm_plugin.conf import format_money

__all__ = ["AmountInput", "format_money", "plain_number"]


def plain_number(value: Any) -> str:
    """A number without idle zeros, as inputs and counts show it: 1.5, 10, 120000."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


class AmountInput(forms.NumberInput):
    """A stored amount without idle zeros; what was typed stays as it was typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            return plain_number(value)
        return super().format_value(value)
