"""Moves per calendar month: how many went 0→1, 1→2, n→n+1."""

import datetime as dt

from django.db.models import Case, CharField, Count, Value, When
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.lifecycle.models import Use
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, line

from .kpi import Result, register

STEPS = ("0→1", "1→2", "n→n+1")
MONTHS = 12


def months(count: int = MONTHS) -> list[dt.date]:
    """The first days of the last *count* calendar months, oldest first."""
    day = timezone.localdate().replace(day=1)
    found = [day]
    for _number in range(count - 1):
        day = (day - dt.timedelta(days=1)).replace(day=1)
        found.append(day)
    return found[::-1]


def numbers() -> dict[tuple[dt.date, str], int]:
    """``{(month, step): contacts}``; one query over the uses of twelve months."""
    step = Case(
        When(number=1, then=Value(STEPS[0])),
        When(number=2, then=Value(STEPS[1])),
        default=Value(STEPS[2]),
        output_field=CharField(),
    )
    rows = (
        Use.objects.of_current()
        .filter(on__gte=months()[0])
        .annotate(month=TruncMonth("on"), step=step)
        .values_list("month", "step")
        .annotate(number_of=Count("contact_id", distinct=True))
    )
    return {(month, name): number for month, name, number in rows}


@register(
    "moves",
    title=gettext_lazy("Moves from use to use"),
    formula=gettext_lazy(
        "Contacts per calendar month whose 1st, 2nd or later use fell in that month."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    counted = numbers()
    columns = months()
    charts = [
        line(
            step,
            [Item(date_format(m, "Y-m"), counted.get((m, step), 0)) for m in columns],
            label_heading=_("Month"),
            value_heading=_("Contacts"),
        )
        for step in STEPS
    ]
    rows = [
        [date_format(month, "Y-m"), *(counted.get((month, step), 0) for step in STEPS)]
        for month in columns
    ]
    links = {
        (row, column): _people(month, column)
        for row, month in enumerate(columns)
        for column, step in enumerate(STEPS, 1)
        if counted.get((month, step))
    }
    return Result(headings=[_("Month"), *STEPS], rows=rows, charts=charts, links=links)


def _people(month: dt.date, number: int) -> str:
    """Whose use of this *number* fell in the month; the last step holds all later ones."""
    end = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    which = {"number": number, "or_later": number == len(STEPS)}
    days = {"from_on": month.isoformat(), "to_on": end.isoformat()}
    return people(condition("which_use", **which, when="dates", **days))
