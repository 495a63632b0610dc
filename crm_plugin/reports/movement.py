"""Segment movement: from which stage to which, between two boundaries."""

import datetime as dt
from decimal import Decimal

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.conf import CrmSettings
from crm_plugin.lifecycle import stages
from crm_plugin.lifecycle.models import Stage
from crm_plugin.sales.models import Purchase
from crm_plugin.touchpoints.models import Phase

from .kpi import Result, register

OUTSIDE = ""


def boundaries() -> tuple[dt.date, dt.date]:
    """The start of the current quarter of the fiscal year, and today."""
    today = timezone.localdate()
    start_month = CrmSettings.load().fiscal_year_start
    into_quarter = (today.month - start_month) % 3
    first = today.replace(day=1)
    for _step in range(into_quarter):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return first, today


def numbers(start: dt.date, end: dt.date) -> dict[tuple[str, str], int]:
    """``{(from, to): contacts}``; "" stands for not yet known. One query."""
    before = (
        stages.on_day(start).filter(contact=OuterRef("contact")).values("stage")[:1]
    )
    rows = (
        stages.on_day(end)
        .of_current()
        .annotate(before=Subquery(before))
        .values_list("before", "stage")
        .annotate(number=Count("id"))
    )
    return {(before or OUTSIDE, stage): number for before, stage, number in rows}


def sales(start: dt.date, end: dt.date) -> dict[str, Decimal]:
    """Net sales between the boundaries by the stage at the end; one query."""
    now: QuerySet = (
        stages.on_day(end).filter(contact=OuterRef("contact")).values("stage")[:1]
    )
    rows = (
        Purchase.objects.of_current()
        .filter(on__gte=start, on__lte=end)
        .exclude(contact=None)
        .annotate(stage_now=Subquery(now))
        .values_list("stage_now")
        .annotate(net=Sum("amount"))
    )
    return {stage or OUTSIDE: net for stage, net in rows}


@register(
    "movement",
    title=gettext_lazy("Movement between stages"),
    formula=gettext_lazy(
        "Contacts by their stage at the start of the quarter (rows) and today"
        " (columns); people who were not known at the start have a row of their own,"
        " so that the sums match. Sales are net, of this quarter."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    start, end = boundaries()
    counted, net = numbers(start, end), sales(start, end)
    labels = {OUTSIDE: _("not yet known")} | {s.value: str(s.label) for s in Stage}
    shown = list(Stage)
    rows = []
    for origin, label in labels.items():
        line = [counted.get((origin, stage.value), 0) for stage in shown]
        rows.append([label, *line, sum(line)])
    totals = [sum(row[column] for row in rows) for column in range(1, len(shown) + 2)]
    rows.append([_("Total"), *totals])
    total = sum(net.values(), Decimal(0))
    rows.append([_("Net sales"), *(net.get(s.value, Decimal(0)) for s in shown), total])
    heading = _("%(start)s to %(end)s") % {
        "start": date_format(start, "SHORT_DATE_FORMAT"),
        "end": date_format(end, "SHORT_DATE_FORMAT"),
    }
    return Result(
        headings=[heading, *(str(stage.label) for stage in shown), _("Total")],
        rows=rows,
    )
