"""Relative dates: "in the last 90 days", "14 to 120 days ago", on the site's days.

"In the last n days" starts n days before today and holds today; "more than n days
ago" is exactly the rest of the past. "In the last n months" starts on the same day n
months ago, or on the last one of a shorter month. "This month", quarter or year is all
of it, also the days to come; quarters are those of the fiscal year. A period is a pair
of days, both included.
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

from .months import MOST_DAYS, STRETCHES, moved
from .spans import Span

BY_DAYS = {
    "last": gettext_lazy("in the last … days"),
    "before": gettext_lazy("more than … days ago"),
    "ago": gettext_lazy("between … and … days ago"),
    "next": gettext_lazy("in the next … days"),
}
BY_MONTHS = {
    "months": gettext_lazy("in the last … months"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
    "this_fiscal_year": gettext_lazy("this fiscal year"),
    "last_fiscal_year": gettext_lazy("last fiscal year"),
}
CHOICES = {
    "ever": gettext_lazy("at any time"),
    **BY_DAYS,
    **BY_MONTHS,
    "dates": gettext_lazy("between two dates"),
}
# Of the calendar, what can be asked about what has happened.
CALENDAR = tuple(name for name in BY_MONTHS if name != "next_month")
GROUPS = [
    (gettext_lazy("by days"), BY_DAYS),
    (gettext_lazy("by months, quarters and years"), BY_MONTHS),
]
RELATIVE = {*BY_DAYS, *BY_MONTHS}
FIELDS = ("when", "days", "days_to", "months", "from_on", "to_on")
LATE = (*FIELDS, "or_never")
SHOWN = {
    "days": {"when": set(BY_DAYS)},
    "days_to": {"when": {"ago"}},
    "months": {"when": {"months"}},
    "from_on": {"when": {"dates"}},
    "to_on": {"when": {"dates"}},
}
OPTIONAL = {"from_on", "to_on"}
LONGEST = 36_500
MOST_MONTHS = 1_200
# Between these, a day begins in the calendar, whatever the time zone.
EARLIEST, LATEST = dt.date(1, 1, 2), dt.date(9999, 12, 30)


def when(*names: str, label: Any = None, default: str | None = None) -> Any:
    """A choice of kinds of period, all of them unless some are named.

    They stand in one order everywhere; the first that is named is chosen at first.
    """
    names = names or tuple(CHOICES)
    return blocks.ChoiceBlock(
        choices=_grouped(names),
        default=default or names[0],
        label=label or gettext_lazy("when"),
    )


def past(default: str, *, ever: bool = True) -> Any:
    """The choice of all kinds that fit events of the past; *default* is chosen first."""
    kinds = ("last", "before", "ago", *CALENDAR, "dates")
    return when(*(("ever",) if ever else ()), *kinds, default=default)


def shown_by(field: str, allowed: set[str]) -> dict[str, dict[str, set[str]]]:
    """When the period plays a part that does only where *field* is one of *allowed*."""
    needs = {field: allowed}
    return {"when": needs, **{name: {**needs, **SHOWN[name]} for name in SHOWN}}


def _grouped(names: tuple[str, ...]) -> list[tuple[Any, Any]]:
    """The choices as a list shows them: under a heading what is counted alike."""
    groups = [
        (heading, [(name, words) for name, words in kinds.items() if name in names])
        for heading, kinds in GROUPS
    ]
    ever, dates = (
        [(name, CHOICES[name])] if name in names else [] for name in ("ever", "dates")
    )
    return [*ever, *(group for group in groups if group[1]), *dates]


def days_block(label: Any = None) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False, min_value=0, max_value=LONGEST, label=label
    )


def months_block() -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False, min_value=1, max_value=MOST_MONTHS, label=gettext_lazy("months")
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
    if kind == "months":
        return Period(moved(now, -(value.get("months") or 0)), now)
    if kind in STRETCHES:
        return Period(*STRETCHES[kind].days(now))
    if kind == "dates":
        return Period(value.get("from_on"), value.get("to_on"))
    return Period()


def _ago(day: dt.date, days: int | None) -> dt.date:
    return day - dt.timedelta(days=days or 0)


def span(of: Any, value: Mapping[str, Any]) -> Span | None:
    """The days in which the figure *of* must lie; None where "or never" is ticked."""
    if value.get("or_never"):
        return None
    period, moves = _widest(value, timezone.now()), value.get("when") in RELATIVE
    return Span(of, period.first, period.last, moves=moves)


def _widest(value: Mapping[str, Any], at: dt.datetime) -> Period:
    """As ``resolve``, with months as long as they can be.

    Two periods that meet in some part of the year only are not never true together.
    """
    kind, now = value.get("when"), today(at)
    if kind in STRETCHES:
        first, last = (now + dt.timedelta(days=n) for n in STRETCHES[kind].reach())
        return Period(first, last)
    if kind == "months":
        return Period(_ago(now, (value.get("months") or 0) * MOST_DAYS[1]), now)
    return resolve(value, at)


def next_change(value: Mapping[str, Any], at: dt.datetime) -> dt.datetime | None:
    """The midnight when the period next moves, None if it never does.

    Where the fiscal year begins, a setting says: that is looked at again every day.
    """
    kind, now = value.get("when"), today(at)
    if kind in STRETCHES and not STRETCHES[kind].fiscal:
        this = STRETCHES[kind]._replace(step=0)
        return midnight(day_after(this.days(now)[1]))
    return midnight(day_after(now)) if kind in RELATIVE else None


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
    if kind in BY_MONTHS:
        return _months_phrase(kind, value.get("months") or 0)
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


def _months_phrase(kind: str, months: int) -> str:
    if kind != "months":
        return str(BY_MONTHS[kind])
    words = ngettext("in the last month", "in the last %(n)d months", months)
    return words % {"n": months}


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
