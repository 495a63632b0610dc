"""Months, and the stretches that begin with one: quarters, years, fiscal years."""

import calendar
import datetime as dt

from crm_plugin.conf import CrmSettings


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
