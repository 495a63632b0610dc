"""The day in an address or a form: what is no day is none, never an error."""

import datetime as dt

from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware


def day_from(text: str) -> dt.date | None:
    """The day, unless it is none or the calendar ends beside it."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and dt.MINYEAR < day.year < dt.MAXYEAR else None


def chosen_day(request: HttpRequest) -> dt.date | None:
    return day_from(request.GET.get("day", ""))


def moment_from(text: str) -> dt.datetime | None:
    """The moment, with its zone; ``None`` when it is no moment."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at and is_aware(at) else None
