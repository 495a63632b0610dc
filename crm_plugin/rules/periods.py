"""Relative dates: "in the last 90 days", "14 to 120 days ago", on the site's days.

"In the last n days" starts n days before today and holds today; "more than n days
ago" is exactly the rest of the past. A period is a pair of days, both included.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from wagtail import blocks

from .spans import Span

CHOICES = {
    "ever": gettext_lazy("at any time"),
    "last": gettext_lazy("in the last … days"),
    "before": gettext_lazy("more than … days ago"),
    "ago": gettext_lazy("between … and … days ago"),
    "next": gettext_lazy("in the next … days"),
    "dates": gettext_lazy("between two dates"),
}
RELATIVE = {"last", "before", "ago", "next"}
FIELDS = ("when", "days", "days_to", "from_on", "to_on")
LATE = (*FIELDS, "or_never")
SHOWN = {
    "days": {"when": RELATIVE},
    "days_to": {"when": {"ago"}},
    "from_on": {"when": {"dates"}},
    "to_on": {"when": {"dates"}},
}
OPTIONAL = {"from_on", "to_on"}
LONGEST = 36_500
# Between these, a day begins in the calendar, whatever the time zone.
EARLIEST, LATEST = dt.date(1, 1, 2), dt.date(9999, 12, 30)


def when(*names: str, label: Any = None, default: str | None = None) -> Any:
    """A choice of kinds of period, all of them unless some are named."""
    names = names or tuple(CHOICES)
    return blocks.ChoiceBlock(
        choices=[(name, CHOICES[name]) for name in names],
        default=default or names[0],
        label=label or gettext_lazy("when"),
    )


def days_block(label: Any = None) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False, min_value=0, max_value=LONGEST, label=label
    )


def or_never() -> blocks.BooleanBlock:
    """A tick: those of whom no day is known are meant as well."""
    return blocks.BooleanBlock(
        required=False, label=gettext_lazy("or never so far: those are meant as well")
    )


def others(rows: QuerySet, inside: Q) -> QuerySet:
    """The *rows* for which *inside* is not true; none where it asks for nothing."""
    return rows.filter(~inside) if inside else rows.none()


def or_never_said(text: str, value: Mapping[str, Any]) -> str:
    """*text*, with "or never" where that is ticked."""
    return _("%(text)s, or never") % {"text": text} if value["or_never"] else text


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both included; None is open."""

    first: dt.date | None = None
    last: dt.date | None = None

    def days(self, field: str) -> dict[str, dt.date]:
        """Filters for a column of dates."""
        found = {f"{field}__gte": self.first, f"{field}__lte": self.last}
        return {key: day for key, day in found.items() if day is not None}

    def moments(self, field: str) -> dict[str, dt.datetime]:
        """Filters for a column of times: from the first midnight to the last."""
        found = {}
        if self.first is not None:
            found[f"{field}__gte"] = midnight(self.first)
        if self.last is not None:
            found[f"{field}__lt"] = midnight(day_after(self.last))
        return found

    def holds(self, other: "Period") -> bool:
        """Whether all days of the other are days of this one."""
        begun = self.first is None or (
            other.first is not None and self.first <= other.first
        )
        over = self.last is None or (other.last is not None and other.last <= self.last)
        return begun and over

    @property
    def open(self) -> bool:
        return self.first is None and self.last is None


def today(at: dt.datetime) -> dt.date:
    """The site's day at *at*, whatever time zone the reader prefers."""
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which *day* begins on the site.

    The ends of the calendar, by which some say "no end", begin as near as can be said.
    """
    day, zone = min(max(day, EARLIEST), LATEST), timezone.get_default_timezone()
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone)


def day_after(day: dt.date) -> dt.date:
    return min(day, LATEST) + dt.timedelta(days=1)


def resolve(value: Mapping[str, Any], at: dt.datetime) -> Period:
    """The days that *value* means when it is asked at *at*."""
    now = today(at)
    kind = value.get("when") or "ever"
    near = _ago(now, value.get("days"))
    if kind == "last":
        return Period(near, now)
    if kind == "before":
        return Period(None, near - dt.timedelta(days=1))
    if kind == "ago":
        return Period(_ago(now, value.get("days_to")), near)
    if kind == "next":
        return Period(now, now + dt.timedelta(days=value.get("days") or 0))
    if kind == "dates":
        return Period(value.get("from_on"), value.get("to_on"))
    return Period()


def _ago(day: dt.date, days: int | None) -> dt.date:
    return day - dt.timedelta(days=days or 0)


def span(of: Any, value: Mapping[str, Any]) -> Span | None:
    """The days in which the figure *of* must lie; None where "or never" is ticked."""
    if value.get("or_never"):
        return None
    period = resolve(value, timezone.now())
    return Span(of, period.first, period.last)


def within(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the days of the one lie in those of the other, whenever this is asked."""
    if (other.get("when") or "ever") == "ever":
        return True
    if (one.get("when") in RELATIVE) is not (other.get("when") in RELATIVE):
        return False
    now = timezone.now()
    return resolve(other, now).holds(resolve(one, now))


def next_change(value: Mapping[str, Any], at: dt.datetime) -> dt.datetime | None:
    """The next midnight when the period moves with the days, else None."""
    if value.get("when") not in RELATIVE:
        return None
    return midnight(today(at) + dt.timedelta(days=1))


def problems(value: Mapping[str, Any]) -> list[str]:
    """A period that no day can be in is a slip of the keyboard: say so."""
    kind = value.get("when")
    near, far = value.get("days"), value.get("days_to")
    first, last = value.get("from_on"), value.get("to_on")
    if kind == "ago" and near is not None and far is not None and near > far:
        return [_("The first number of days must be the smaller one.")]
    if kind == "dates" and not first and not last:
        return [_("Give at least one of the two dates.")]
    if kind == "dates" and first and last and first > last:
        return [_("The first date must be the earlier one.")]
    return []


def phrase(value: Mapping[str, Any]) -> str:
    """The period in words, such as "in the last 90 days"; empty for any time."""
    kind = value.get("when") or "ever"
    days = value.get("days") or 0
    if kind == "last":
        return ngettext("in the last day", "in the last %(n)d days", days) % {"n": days}
    if kind == "before":
        return ngettext("more than a day ago", "more than %(n)d days ago", days) % {
            "n": days
        }
    if kind == "next":
        return ngettext("in the next day", "in the next %(n)d days", days) % {"n": days}
    if kind == "ago":
        numbers = {"near": days, "far": value.get("days_to") or 0}
        return _("%(near)d to %(far)d days ago") % numbers
    return _dates_phrase(value) if kind == "dates" else ""


def said(what: str, value: Mapping[str, Any]) -> str:
    """*what*, and when: the order is the language's own."""
    period = phrase(value)
    if not period:
        return what
    both = {"what": what, "period": period}
    return pgettext("what happened, and when", "%(what)s %(period)s") % both


def _dates_phrase(value: Mapping[str, Any]) -> str:
    first, last = (
        date_format(day, "SHORT_DATE_FORMAT") if day else ""
        for day in (value.get("from_on"), value.get("to_on"))
    )
    if first and last:
        return _("from %(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("since %(first)s") % {"first": first}
    return _("until %(last)s") % {"last": last}
