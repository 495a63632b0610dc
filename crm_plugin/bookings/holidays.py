"""Which days are public holidays: Japan's, unless the site names another function."""

import datetime as dt
from functools import lru_cache

import jpholiday
from django.utils.module_loading import import_string

from crm_plugin.conf import setting


@lru_cache(maxsize=4_096)
def japan(day: dt.date) -> str:
    """The Japanese name of a public holiday, substitute days too; "" on other days."""
    return str(jpholiday.is_holiday_name(day) or "")


def name_of(day: dt.date) -> str:
    """What the site keeps as a holiday on *day*, as ``CRM_HOLIDAYS`` says; else ""."""
    path = setting("CRM_HOLIDAYS")
    return str(import_string(path)(day) or "") if path else ""
