"""When a resource is open: special days, then public holidays, then the week's plan."""

import datetime as dt
from dataclasses import dataclass

from . import holidays
from .models.resources import HOLIDAY, Resource, SpecialDays

Wall = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Day:
    """What holds for one resource on one of the site's days.

    ``spans`` are wall times from opening to closing; ``weekday`` is the day of the
    plan that counts, 7 for a holiday with hours of its own; ``any_time`` says that no
    hours are planned at all, so that fixed start times stand alone.
    """

    spans: tuple[Wall, ...] = ()
    weekday: int | None = None
    any_time: bool = False
    why: str = ""


def of(resource: Resource, day: dt.date) -> Day:
    """The opening of *resource* on *day*, from what is prefetched."""
    holiday = holidays.name_of(day)
    weekday = _weekday(resource, day, holiday)
    special = _special(resource, day)
    if special:
        return _on_special(special, day, weekday)
    if weekday is None:
        return Day(why=holiday)
    hours = list(resource.hours.all())
    if not hours:
        return Day(weekday=weekday, any_time=True, why=holiday)
    spans = [_span(day, h.opens, h.closes) for h in hours if h.weekday == weekday]
    return Day(tuple(sorted(spans)), weekday, why=holiday)


def _weekday(resource: Resource, day: dt.date, holiday: str) -> int | None:
    if not holiday or resource.holidays == Resource.Holidays.USUAL:
        return day.weekday()
    return HOLIDAY if resource.holidays == Resource.Holidays.OWN else None


def _special(resource: Resource, day: dt.date) -> list[SpecialDays]:
    """What decides about *day*: of all that cover it, the shortest stretch."""
    rows = [row for row in resource.special_days.all() if row.covers(day)]
    shortest = min((row.days for row in rows), default=0)
    return [row for row in rows if row.days == shortest]


def _on_special(rows: list[SpecialDays], day: dt.date, weekday: int | None) -> Day:
    why = next((row.note for row in rows if row.note), "")
    if any(row.closed for row in rows):
        return Day(why=why)
    spans = [
        _span(day, row.opens, row.closes) for row in rows if row.opens and row.closes
    ]
    number = day.weekday() if weekday is None else weekday
    return Day(tuple(sorted(spans)), number, why=why)


def _span(day: dt.date, opens: dt.time, closes: dt.time) -> Wall:
    """From opening to closing; closing at or before opening is on the next day."""
    start = dt.datetime.combine(day, opens)
    end = dt.datetime.combine(day, closes)
    return start, end if end > start else end + dt.timedelta(days=1)
