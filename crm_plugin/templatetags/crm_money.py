"""``{% money amount %}`` and ``{{ cell|figure }}``: numbers as people read them."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format

from crm_plugin.ui.money import format_money, plain_number

register = template.Library()
register.simple_tag(format_money, name="money")
register.filter("plain", plain_number)


@register.filter
def figure(cell: Any) -> Any:
    """A cell of a report: decimals are amounts, whole numbers counts, None unknown."""
    if cell is None:
        return "–"
    if isinstance(cell, Decimal):
        return format_money(cell)
    if isinstance(cell, int):
        return number_format(cell, use_l10n=True, force_grouping=True)
    return cell


@register.filter
def is_words(cell: Any) -> bool:
    """Whether a cell of a report is text: read from its beginning."""
    return isinstance(cell, str)
