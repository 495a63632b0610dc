"""The site's clock: wall times, the instants they stand for, and their words.

Instants are UTC. Twice a year a wall time stands for none of them, or for two.
"""

import datetime as dt

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .models.grain import GRAIN_MINUTES

GRAIN = dt.timedelta(minutes=GRAIN_MINUTES)
DAY = dt.timedelta(days=1)


def zone() -> dt.tzinfo:
    """Days and opening times are the site's, wherever the reader is."""
    return timezone.get_default_timezone()


def today() -> dt.date:
    return timezone.localdate(timezone=zone())


def now() -> dt.datetime:
    return timezone.now()


def parse(text: str) -> dt.datetime | None:
    """A moment as forms send it, in UTC; a wall time without zone is the site's.

    None for what is none, and for a wall time that the clock skips.
    """
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or not dt.MINYEAR < found.year < dt.MAXYEAR:
        return None
    if timezone.is_aware(found):
        return found.astimezone(dt.UTC)
    return next(iter(instants(found)), None)


def skipped(text: str) -> bool:
    """Whether *text* is a wall time that does not exist on the site's clock."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return False
    if found is None or not dt.MINYEAR < found.year < dt.MAXYEAR:
        return False
    return not timezone.is_aware(found) and not instants(found)


def parse_day(text: str) -> dt.date | None:
    """A day as forms send it; None for what is none."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and dt.MINYEAR < day.year < dt.MAXYEAR else None


def day_of(moment: dt.datetime) -> dt.date:
    """The site's day on which *moment* falls."""
    return moment.astimezone(zone()).date()


def midnight(day: dt.date) -> dt.datetime:
    """When *day* begins on the site's clock."""
    return edge(dt.datetime.combine(day, dt.time.min))


def instants(wall: dt.datetime) -> list[dt.datetime]:
    """The moments at which the site's clock shows *wall*: one, none or two."""
    found = []
    for fold in (0, 1):
        moment = wall.replace(tzinfo=zone(), fold=fold).astimezone(dt.UTC)
        if moment.astimezone(zone()).replace(tzinfo=None, fold=0) == wall:
            found.append(moment)
    return list(dict.fromkeys(found))


def edge(wall: dt.datetime, *, last: bool = False) -> dt.datetime:
    """The moment of an opening or closing time, also where the clock skips it."""
    found = instants(wall)
    if found:
        return found[-1 if last else 0]
    return wall.replace(tzinfo=zone()).astimezone(dt.UTC)


def ticks(starts_at: dt.datetime, length: dt.timedelta) -> list[dt.datetime]:
    """The quarter hours that something of this *length* covers."""
    ends_at = starts_at + length
    moment = starts_at.astimezone(dt.UTC).replace(second=0, microsecond=0)
    moment -= dt.timedelta(minutes=moment.minute % GRAIN_MINUTES)
    covered = []
    while moment < ends_at:
        covered.append(moment)
        moment += GRAIN
    return covered


def time_words(moment: dt.datetime, style: str = "H:i") -> str:
    """The time on the site's clock, with its zone where the clock shows it twice."""
    local = moment.astimezone(zone())
    words = date_format(local, style)
    if len(instants(local.replace(tzinfo=None, fold=0))) > 1:
        return f"{words} ({local.tzname()})"
    return words


def day_words(day: dt.date) -> str:
    """A day without its year, such as “May 12 (Tue)”."""
    return _("%(day)s (%(weekday)s)") % {
        "day": date_format(day, "MONTH_DAY_FORMAT"),
        "weekday": date_format(day, "D"),
    }


def in_words(moment: dt.datetime) -> str:
    """A start time as a guest reads it, with its weekday, on the site's clock."""
    local = moment.astimezone(zone())
    return _("%(day)s (%(weekday)s), %(time)s") % {
        "day": date_format(local, "DATE_FORMAT"),
        "weekday": date_format(local, "D"),
        "time": time_words(moment, "TIME_FORMAT"),
    }
