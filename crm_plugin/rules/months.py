"""Months, and the stretches that begin with one: quarters, years, fiscal years."""

import calendar
import datetime as dt
from typing import NamedTuple

from crm_plugin.conf import CrmSettings

# The most days that so many months have.
MOST_DAYS = {1: 31, 3: 92, 12: 366}


def moved(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last one of a month that has no such."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def start(day: dt.date, months: int, since: int = 1) -> dt.date:
    """The first day of the stretch in which *day* lies; one begins in month *since*."""
    return moved(day.replace(day=1), -((day.month - since) % months))


def fiscal_start(day: dt.date, months: int) -> dt.date:
    """The first day of the site's quarter (3) or fiscal year (12) of *day*."""
    return start(day, months, CrmSettings.load().fiscal_year_start)


class Stretch(NamedTuple):
    """So many months as people name them: these, the ones before (-1) or after (1)."""

    months: int
    step: int = 0
    fiscal: bool = False

    def days(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """The first day and the last, also those still to come."""
        begin = fiscal_start if self.fiscal else start
        first = moved(begin(today, self.months), self.months * self.step)
        return first, moved(first, self.months) - dt.timedelta(days=1)

    def reach(self) -> tuple[int, int]:
        """How many days from today the first and the last may be, whatever the day."""
        longest = MOST_DAYS[self.months]
        middle = self.step * longest
        return middle - longest + 1, middle + longest - 1


STRETCHES = {
    "this_month": Stretch(1),
    "last_month": Stretch(1, -1),
    "next_month": Stretch(1, 1),
    "this_quarter": Stretch(3, fiscal=True),
    "last_quarter": Stretch(3, -1, fiscal=True),
    "this_year": Stretch(12),
    "last_year": Stretch(12, -1),
    "this_fiscal_year": Stretch(12, fiscal=True),
    "last_fiscal_year": Stretch(12, -1, fiscal=True),
}
