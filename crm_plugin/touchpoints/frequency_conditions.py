"""What rules can ask about contact frequency: how often, and whether it falls."""

import datetime as dt
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from .data_things import IN_TOUCH
from .frequency import days_on
from .models import ContactFrequency
from .sorts import GROUP

ASPECTS = frozenset({"touchpoints", "bookings", "responses", "uses", "purchases"})
RESTS_ON = frozenset({("contact", IN_TOUCH)})
WINDOWS = {
    "30": gettext_lazy("in the last 30 days"),
    "90": gettext_lazy("in the last 90 days"),
    "365": gettext_lazy("in the last 365 days"),
}


DATED_BY = gettext_lazy("the days of contact")


@rules.known_by
def in_touch(at: dt.datetime) -> QuerySet:
    return ContactFrequency.objects.filter(first_at__lte=at).values("contact_id")


def tomorrow(at: dt.datetime) -> dt.datetime | None:
    """When windows move on."""
    return rules.periods.next_change({"when": "last"}, at)


@rules.register
class HasContactDays(rules.Condition):
    """Days with at least one contact that they began or that went both ways."""

    name = "contact_days"
    label = gettext_lazy("Contact days")
    icon = "date"
    group = GROUP
    aspects = ASPECTS
    rests_on = RESTS_ON
    dated_by = DATED_BY

    class Value(rules.ConditionBlock):
        how = rules.counts.how("at_least", "at_most")
        number = blocks.IntegerBlock(
            required=False,
            default=1,
            min_value=0,
            max_value=365,
            label=gettext_lazy("days"),
        )
        window = blocks.ChoiceBlock(
            choices=list(WINDOWS.items()), default="90", label=gettext_lazy("when")
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, ContactFrequency.objects.all())

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, days_on(rules.periods.today(at)))

    def _of(self, value: Any, rows: QuerySet) -> Any:
        column, number = f"days_{value['window']}", value["number"] or 0
        if value["how"] == "at_most":
            more = rows.filter(**{f"{column}__gt": number})
            return rules.everyone_but(more.values("contact_id"))
        if number == 0:
            return rules.everyone_but(rows.none().values("contact_id"))
        return rows.filter(**{f"{column}__gte": number}).values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return tomorrow(at)

    def span(self, value: Any) -> rules.Span | None:
        figure, number = (self.name, value["window"]), value["number"] or 0
        most = value["how"] == "at_most"
        return rules.Span(figure, None if most else number, number if most else None)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d contact day", "%(n)d contact days", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no contact day")
        )
        return _("%(text)s %(window)s") % {
            "text": text,
            "window": WINDOWS[value["window"]],
        }

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactFrequency.objects.filter(pk=contact_id).first()
        number = getattr(row, f"days_{value['window']}", 0)
        return ngettext("%(n)d contact day", "%(n)d contact days", number) % {
            "n": number
        }


TRENDS = {
    "halved": gettext_lazy("has halved, or worse"),
    "fewer": gettext_lazy("has fallen"),
    "more": gettext_lazy("has risen"),
    "doubled": gettext_lazy("has doubled, or better"),
}


def moved(trend: str, now: str, before: str) -> Q:
    """Whether the column *now* against the column *before* goes as *trend* says."""
    return {
        "halved": Q(**{f"{before}__gt": 0, f"{before}__gte": F(now) * 2}),
        "fewer": Q(**{f"{before}__gt": F(now)}),
        "more": Q(**{f"{now}__gt": F(before)}),
        "doubled": Q(**{f"{now}__gt": 0, f"{now}__gte": F(before) * 2}),
    }[trend]


@rules.register
class FrequencyMoved(rules.Condition):
    """The last 90 days against the 90 before."""

    name = "contact_trend"
    label = gettext_lazy("Trend of the contact frequency")
    icon = "order"
    group = GROUP
    aspects = ASPECTS
    rests_on = RESTS_ON
    dated_by = DATED_BY

    class Value(rules.ConditionBlock):
        trend = blocks.ChoiceBlock(
            choices=list(TRENDS.items()),
            default="halved",
            label=gettext_lazy("the frequency of the last 90 days"),
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value["trend"], ContactFrequency.objects.all())

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value["trend"], days_on(rules.periods.today(at)))

    def _of(self, trend: str, rows: QuerySet) -> QuerySet:
        return rows.filter(moved(trend, "days_90", "before_90")).values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return tomorrow(at)

    def sentence(self, value: Any) -> str:
        return {
            "halved": _("contact frequency halved against the 90 days before"),
            "fewer": _("fewer contact days than in the 90 days before"),
            "more": _("more contact days than in the 90 days before"),
            "doubled": _("contact frequency doubled against the 90 days before"),
        }[value["trend"]]

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactFrequency.objects.filter(pk=contact_id).first()
        now, before = (row.days_90, row.before_90) if row else (0, 0)
        return _("%(now)d contact days, %(before)d before") % {
            "now": now,
            "before": before,
        }
