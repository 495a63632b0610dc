"""What rules can ask about touchpoints of one sort: the latest, and whether they fall."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .frequency_conditions import TRENDS, moved, tomorrow
from .models import Touchpoint
from .sorts import CHOSEN, OfSort, SortBlock, of_sort, with_sort

QUARTER = 90


@rules.register
class LatestOfSort(OfSort):
    """On which day the latest touchpoint of a sort was, whoever began it."""

    name = "latest_touchpoint"
    label = gettext_lazy("Latest touchpoint of a sort")
    icon = "time"

    class Value(SortBlock, rules.PeriodBlock):
        when = rules.periods.past("before", ever=False)
        or_never = rules.periods.or_never()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, of_sort(value), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, of_sort(value).filter(at__lte=at), at)

    def _of(self, value: Any, rows: QuerySet[Touchpoint], at: dt.datetime) -> Any:
        period = rules.periods.resolve(value, at)
        begun, over = _begun(period), _over(period)
        later = rows.filter(contact=OuterRef("contact"))
        if not value["or_never"]:
            found = rows.filter(begun)
            if over:
                found = found.filter(~over, ~Exists(later.filter(over)))
            return found.values("contact_id")
        # Whose latest is of another day: after the period, or before it and none since.
        outside = over
        if begun:
            outside |= Q(~begun, ~Exists(later.filter(begun)))
        others = rows.filter(outside) if outside else rows.none()
        return rules.everyone_but(others.values("contact_id"))

    def span(self, value: Any) -> rules.Span | None:
        sort = tuple(str(value[name]) for name in (*CHOSEN, "tag", "words"))
        return rules.periods.span((self.name, sort), value)

    def sentence(self, value: Any) -> str:
        when = {"when": rules.periods.phrase(value)}
        text = _("latest touchpoint %(when)s") % when
        return with_sort(rules.periods.or_never_said(text, value), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        latest = of_sort(value).filter(contact=contact_id).order_by("-at").first()
        if latest is None:
            return _("none yet")
        return date_format(timezone.localtime(latest.at), "SHORT_DATE_FORMAT")


def _begun(period: rules.periods.Period) -> Q:
    """In the period, or after it."""
    if period.first is None:
        return Q()
    return Q(at__gte=rules.periods.midnight(period.first))


def _over(period: rules.periods.Period) -> Q:
    """After the period."""
    if period.last is None:
        return Q()
    after = rules.periods.day_after(period.last)
    return Q(at__gte=rules.periods.midnight(after))


@rules.register
class SortMoved(OfSort):
    """How many there were in the last days, against as many days before these."""

    name = "touchpoint_trend"
    label = gettext_lazy("Trend of touchpoints of a sort")
    icon = "order"

    class Value(SortBlock):
        trend = blocks.ChoiceBlock(
            choices=list(TRENDS.items()),
            default="halved",
            label=gettext_lazy("their number"),
        )
        days = blocks.IntegerBlock(
            required=False,
            default=QUARTER,
            min_value=1,
            max_value=3_650,
            label=gettext_lazy("in the last … days, against as many before"),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._moved(value, of_sort(value), at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = of_sort(value).filter(at__lte=at)
        return self._moved(value, rows, at).values("contact_id")

    def _moved(
        self, value: Any, rows: QuerySet[Touchpoint], at: dt.datetime
    ) -> QuerySet:
        counted = _counts(value, rows, at)
        return counted.filter(moved(value["trend"], "crm_now", "crm_before"))

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return tomorrow(at)

    def sentence(self, value: Any) -> str:
        text = {
            "halved": _("half as many touchpoints as in the %(n)d days before"),
            "fewer": _("fewer touchpoints than in the %(n)d days before"),
            "more": _("more touchpoints than in the %(n)d days before"),
            "doubled": _("twice as many touchpoints as in the %(n)d days before"),
        }[value["trend"]]
        return with_sort(text % {"n": value["days"] or 0}, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = of_sort(value).filter(contact=contact_id)
        nothing = {"crm_now": 0, "crm_before": 0}
        found = next(iter(_counts(value, rows, at)), nothing)
        return _("%(now)d now, %(before)d before") % {
            "now": found["crm_now"],
            "before": found["crm_before"],
        }


def _counts(value: Any, rows: QuerySet[Touchpoint], at: dt.datetime) -> QuerySet:
    """``crm_now`` and ``crm_before`` of each contact with one of *rows* since then."""
    today, days = rules.periods.today(at), value["days"] or 0
    turn, first, end = (
        rules.periods.midnight(today - dt.timedelta(days=back))
        for back in (days - 1, 2 * days - 1, -1)
    )
    since = rows.filter(at__gte=first, at__lt=end).order_by().values("contact_id")
    return since.annotate(
        crm_now=Count("pk", filter=Q(at__gte=turn)),
        crm_before=Count("pk", filter=Q(at__lt=turn)),
    )
