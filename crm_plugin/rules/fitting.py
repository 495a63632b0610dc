"""What the field of a condition can hold, read from storage or from an address.

Anything may stand there: what an older release wrote, what somebody typed into an
address. What does not fit is never guessed at: the rule cannot be evaluated.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_time
from wagtail import blocks
from wagtail.blocks.field_block import BaseChoiceBlock

Fits = Callable[[Any], bool]
# The largest whole number of a database.
MOST = 2**63 - 1


def fits_of(block: blocks.Block) -> Fits:
    """Whether something can be a value of *block*, apart from None for no value.

    A block of its own kind says by ``stored_as_text`` that it holds nothing else.
    """
    if getattr(block, "stored_as_text", False):
        return is_text
    for kinds, make in _MAKERS.items():
        if isinstance(block, kinds):
            return make(block)
    return lambda raw: not isinstance(raw, str) or is_text(raw)


def is_text(raw: Any) -> bool:
    """Text that a database can hold: no NUL, no half of a character."""
    if not isinstance(raw, str) or "\0" in raw:
        return False
    return raw.isascii() or raw == raw.encode(errors="replace").decode()


def _between(block: Any, number: Any) -> bool:
    low, high = block.field.min_value, block.field.max_value
    return (-MOST if low is None else low) <= number <= (MOST if high is None else high)


def _whole(block: Any) -> Fits:
    return lambda raw: type(raw) is int and _between(block, raw)


def _amount(block: Any) -> Fits:
    def fits(raw: Any) -> bool:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
            return False
        try:
            number = Decimal(str(raw))
        except (InvalidOperation, ValueError):
            return False
        return number.is_finite() and _between(block, number)

    return fits


def _day(block: Any) -> Fits:
    return lambda raw: isinstance(raw, dt.date) or _is_said(parse_date, raw)


def _time(block: Any) -> Fits:
    return lambda raw: isinstance(raw, dt.time) or _is_said(parse_time, raw)


def _is_said(parse: Callable[[str], Any], raw: Any) -> bool:
    try:
        return isinstance(raw, str) and parse(raw) is not None
    except ValueError:
        return False


def _tick(block: Any) -> Fits:
    return lambda raw: isinstance(raw, bool)


def _key(block: Any) -> Fits:
    keys = _fixed_keys(block)

    def fits(raw: Any) -> bool:
        key = str(raw) if type(raw) is int and abs(raw) <= MOST else raw
        return key == "" or (is_text(key) and (keys is None or key in keys))

    return fits


def _keys(block: Any) -> Fits:
    fits = _key(block)
    return lambda raw: all(map(fits, raw)) if isinstance(raw, list) else fits(raw)


def _fixed_keys(block: Any) -> set[str] | None:
    """What can be chosen; None where that is looked up at request time."""
    choices = block._constructor_kwargs["choices"]
    if callable(choices):
        return None
    grouped = (
        label if isinstance(label, list | tuple) else [(key, label)]
        for key, label in choices
    )
    return {str(key) for pairs in grouped for key, _label in pairs}


def _record(block: Any) -> Fits:
    def fits(raw: Any) -> bool:
        try:
            pk = block.model_class._meta.pk.to_python(raw)
        except (ValidationError, ArithmeticError, ValueError, TypeError):
            return False
        return not isinstance(pk, int) or (type(raw) is int and 0 < pk <= MOST)

    return fits


_MAKERS: dict[Any, Callable[[Any], Fits]] = {
    blocks.IntegerBlock: _whole,
    (blocks.DecimalBlock, blocks.FloatBlock): _amount,
    blocks.DateBlock: _day,
    blocks.TimeBlock: _time,
    blocks.BooleanBlock: _tick,
    blocks.MultipleChoiceBlock: _keys,
    BaseChoiceBlock: _key,
    blocks.ChooserBlock: _record,
}
