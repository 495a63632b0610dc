"""Who is among the best: by contact days, by net sales, or by both."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.conf import format_money, setting
from crm_plugin.sales import summaries
from crm_plugin.sales.data_things import BOUGHT
from crm_plugin.sales.models import ContactSales
from crm_plugin.touchpoints import frequency
from crm_plugin.touchpoints.data_things import IN_TOUCH
from crm_plugin.touchpoints.models import ContactFrequency

MEASURES = {
    "both": gettext_lazy("contact days and net sales (good customers)"),
    "days": gettext_lazy("contact days"),
    "sales": gettext_lazy("net sales"),
}


def _top(rows: QuerySet, column: str, percent: int) -> QuerySet:
    floor = rules.floor_of_top(rows, column, percent)
    if floor is None:
        return rows.none().values("contact_id")
    return rows.filter(**{f"{column}__gte": floor}).values("contact_id")


@rules.register
class IsAmongTheBest(rules.Condition):
    name = "best"
    label = gettext_lazy("Among the best")
    icon = "pick"
    group = gettext_lazy("Uses and purchases")
    aspects = frozenset(
        {"touchpoints", "bookings", "responses", "uses", "purchases", "sales"}
    )
    dated_by = gettext_lazy("the days of contact and the purchases")

    class Value(rules.ConditionBlock):
        percent = blocks.IntegerBlock(
            default=20,
            min_value=1,
            max_value=99,
            label=gettext_lazy("top … per cent"),
        )
        measure = blocks.ChoiceBlock(
            choices=list(MEASURES.items()),
            default="both",
            label=gettext_lazy("in the last 365 days, by"),
        )

    def things(self, value: Any) -> set[tuple[str, str]]:
        days, sales = ("contact", IN_TOUCH), ("contact", BOUGHT)
        return {"days": {days}, "sales": {sales}}.get(value["measure"], {days, sales})

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(
            value, ContactFrequency.objects.all(), ContactSales.objects.all()
        )

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        day = rules.periods.today(at)
        return self._of(value, frequency.days_on(day), summaries.year_until(day))

    def _of(self, value: Any, often: QuerySet, sales: QuerySet) -> QuerySet:
        percent = value["percent"] or setting("CRM_TOP_PERCENT")
        if value["measure"] == "days":
            return _top(often, "days_365", percent)
        buyers = _top(sales, "net_365", percent)
        if value["measure"] == "sales":
            return buyers
        return buyers.filter(contact_id__in=_top(often, "days_365", percent))

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def sentence(self, value: Any) -> str:
        words = {"percent": value["percent"] or setting("CRM_TOP_PERCENT")}
        if value["measure"] == "days":
            return _("top %(percent)s %% by contact days in 365 days") % words
        if value["measure"] == "sales":
            return _("top %(percent)s %% by net sales in 365 days") % words
        return (
            _("top %(percent)s %% both by contact days and by net sales in 365 days")
            % words
        )

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        often = ContactFrequency.objects.filter(pk=contact_id).first()
        sales = ContactSales.objects.filter(pk=contact_id).first()
        days = often.days_365 if often else 0
        told = {
            "days": ngettext("%(n)d contact day", "%(n)d contact days", days)
            % {"n": days},
            "sales": format_money(sales.net_365 if sales else 0),
        }
        measure = value["measure"]
        return told[measure] if measure in told else ", ".join(told.values())
