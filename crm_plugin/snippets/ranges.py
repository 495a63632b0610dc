"""Filters by a stretch of numbers or days, and how a rule says one."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django_filters.fields import DateRangeField, RangeField
from django_filters.widgets import SuffixedMultiWidget
from wagtail.admin.filters import DateRangePickerWidget


class NumberRangeWidget(SuffixedMultiWidget):
    """From a number to a number; either may stay open."""

    template_name = "wagtailadmin/widgets/range_input.html"
    suffixes = ["min", "max"]

    def __init__(self, attrs: Any = None) -> None:
        words = ((_("Minimum"), _("at least")), (_("Maximum"), _("at most")))
        super().__init__(
            [
                forms.NumberInput(
                    {"placeholder": hint, "aria-label": label, "step": "any"}
                )
                for hint, label in words
            ],
            attrs,
        )

    def decompress(self, value: slice | None) -> list[Any]:
        return [value.start, value.stop] if value else [None, None]


class NumberRange(RangeField):
    widget = NumberRangeWidget

    def clean(self, value: Any) -> Any:
        return upright(super().clean(value))


class DayRange(DateRangeField):
    """Days, not moments: the rule knows the site's midnights."""

    widget = DateRangePickerWidget

    def compress(self, data_list: list) -> slice | None:
        if not data_list or not any(data_list):
            return None
        return slice(*data_list)

    def clean(self, value: Any) -> Any:
        return upright(super().clean(value))


class MomentRange(DateRangeField):
    """From the beginning of a day to the end of a day; both ends may stay open.

    The first and the last day of the calendar are how some write that they do.
    """

    widget = DateRangePickerWidget

    def compress(self, data_list: list) -> slice | None:
        first, last = data_list or (None, None)
        first = None if first == dt.date.min else first
        last = None if last == dt.date.max else last
        return super().compress([first, last]) if first or last else None


def upright(span: slice | None) -> slice | None:
    """Typed the wrong way round: what was meant is plain."""
    if span and None not in (span.start, span.stop) and span.start > span.stop:
        return slice(span.stop, span.start)
    return span


class Number(django_filters.RangeFilter):
    field_class = NumberRange


class Days(django_filters.DateFromToRangeFilter):
    field_class = DayRange


class Moments(django_filters.DateFromToRangeFilter):
    field_class = MomentRange


def dates(span: slice) -> dict[str, Any]:
    """The period of a condition, in its stored form."""
    days = {"from_on": span.start, "to_on": span.stop}
    return {
        "when": "dates",
        **{name: day.isoformat() for name, day in days.items() if day},
    }


def days(span: slice) -> dict[str, Any]:
    """The period of a condition for a filter that gives moments."""
    ends = [end and localtime(end).date() for end in (span.start, span.stop)]
    return dates(slice(*ends))


def numbers(span: slice, *, exactly: str) -> list[tuple[str, Any]]:
    """Operators with their numbers: one for a point or an open end, else two."""
    if span.start is not None and span.start == span.stop:
        return [(exactly, span.start)]
    ends = [("at_least", span.start), ("at_most", span.stop)]
    return [(operator, number) for operator, number in ends if number is not None]
