"""Dates and numbers as people write them in forms and spreadsheets."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from .words import text

# The year before the first one of each era.
_ERAS = {
    "明治": 1867,
    "大正": 1911,
    "昭和": 1925,
    "平成": 1988,
    "令和": 2018,
    "m": 1867,
    "t": 1911,
    "s": 1925,
    "h": 1988,
    "r": 2018,
}
_ERA_DATE = re.compile(
    r"(明治|大正|昭和|平成|令和|[mtshr])\.?\s*(\d{1,2}|元)[年./-]\s*(\d{1,2})[月./-]\s*(\d{1,2})日?",
    re.I,
)
_DATE = re.compile(
    r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})日?(?:[ t].*)?", re.I
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
# What a key of the database can be at most.
_LARGEST = 2**63 - 1
_MONEY = re.compile(r"[\s,_'円¥\\$€]")


def whole(value: object) -> int | None:
    """The whole number that *value* is written as: an id, a count, a year; else None.

    Digits only, in any width, and no more than a database can hold: what is longer is
    no number of ours, and Python refuses to read thousands of digits.
    """
    typed = str(value).strip() if value is not None else ""
    if not typed.isdecimal() or len(typed) > len(str(_LARGEST)):
        return None
    number = int(typed)
    return number if number <= _LARGEST else None


def date(value: object) -> dt.date | None:
    """The day that *value* names, or None: ``1985/5/3``, ``昭和60年5月3日``, ``S60.5.3``.

    Day-first and month-first forms are not guessed at.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    plain = text(value)
    for pattern in (_ERA_DATE, _DATE, _COMPACT):
        match = pattern.fullmatch(plain)
        if match:
            return _day(*match.groups())
    return None


def _day(*parts: str) -> dt.date | None:
    *era, year, month, day = parts
    count = 1 if year == "元" else int(year)
    if era:
        count += _ERAS[era[0].lower()]
    try:
        return dt.date(count, int(month), int(day))
    except ValueError:
        return None


def number(value: object) -> Decimal | None:
    """The number that *value* names, or None; thousands separators and yen may stand."""
    plain = _MONEY.sub("", text(value)).replace("△", "-").replace("▲", "-")
    plain = plain.replace("−", "-").replace("ー", "-")
    try:
        result = Decimal(plain)
    except InvalidOperation:
        return None
    return result if result.is_finite() else None
