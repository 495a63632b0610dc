"""The three date expressions that differ between our two databases."""

from django.db import connection
from django.utils import timezone


def local_day(column: str) -> str:
    """SQL for the site's day of a timestamp column."""
    zone = timezone.get_current_timezone_name().replace("'", "")
    if connection.vendor == "sqlite":
        return f"django_datetime_cast_date({column}, '{zone}', 'UTC')"
    return f"({column} AT TIME ZONE '{zone}')::date"


def plus_days(day: str, days: int) -> str:
    """SQL for a day so many days later."""
    if connection.vendor == "sqlite":
        return f"date({day}, '{int(days):+d} days')"
    return f"({day} + {int(days)})"


def plus_days_of(day: str, days: str) -> str:
    """SQL for a day so many days later, where *days* is SQL, too."""
    if connection.vendor == "sqlite":
        return f"date({day}, '+' || ({days}) || ' days')"
    return f"({day} + ({days}))"


def days_between(later: str, earlier: str) -> str:
    """SQL for the whole number of days from *earlier* to *later*."""
    if connection.vendor == "sqlite":
        return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"
    return f"({later} - {earlier})"


def least(*values: str) -> str:
    """SQL for the smallest value, nulls left out."""
    if connection.vendor == "sqlite":
        far = "'9999-12-31'"
        coalesced = ", ".join(f"COALESCE({value}, {far})" for value in values)
        return f"NULLIF(MIN({coalesced}), {far})"
    return f"LEAST({', '.join(values)})"
