"""What rules can ask about the first and the last purchase."""

import datetime as dt
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.conditions.anniversaries import FirstComesRound
from crm_plugin.sales.models import ContactSales, ProductCategory, Purchase

from .purchases import ASPECTS, GROUP, RESTS_ON, categories, gone

WHICH = {
    "last": gettext_lazy("the last purchase"),
    "first": gettext_lazy("the first purchase"),
}


@rules.register
class PurchaseDay(rules.Condition):
    """Returns do not count. What came first is the dearest line of the first purchase.

    "More than 90 days ago, or never" is who has not bought since.
    """

    name = "purchase_day"
    label = gettext_lazy("First or last purchase")
    icon = "time"
    group = GROUP
    aspects = ASPECTS
    rests_on = RESTS_ON
    dated_by = gettext_lazy("the purchases")

    class Value(rules.PeriodBlock):
        which = blocks.ChoiceBlock(
            choices=list(WHICH.items()), default="last", label=gettext_lazy("which")
        )
        category = rules.RecordChoiceBlock(
            categories, blank=gettext_lazy("any category"), label=gettext_lazy("of")
        )
        when = rules.periods.past("before")
        or_never = rules.periods.or_never()
        optional = {"category"}
        shown = {"category": {"which": {"first"}}}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := self._gone(value):
            raise rules.BrokenRule(found)
        column = "first_on" if value["which"] == "first" else "last_on"
        bought = ContactSales.objects.filter(**{f"{column}__isnull": False})
        return self._of(value, bought, column, at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """What came first comes first for ever; the last is looked for anew."""
        day = rules.periods.today(at)
        if value["which"] == "first":
            bought = ContactSales.objects.filter(first_on__lte=day)
            return self._of(value, bought, "first_on", at)
        sold = Purchase.objects.filter(contact__isnull=False, amount__gt=0, on__lte=day)
        latest = sold.order_by().values("contact_id").annotate(crm_last_on=Max("on"))
        return self._of(value, latest, "crm_last_on", at)

    def _of(self, value: Any, bought: QuerySet, column: str, at: dt.datetime) -> Any:
        inside = Q(**rules.periods.resolve(value, at).days(column))
        if self._of_category(value):
            inside &= Q(first_category=rules.find(ProductCategory, value["category"]))
        if not value["or_never"]:
            return bought.filter(inside).values("contact_id")
        others = rules.periods.others(bought, inside)
        return rules.everyone_but(others.values("contact_id"))

    def _of_category(self, value: Any) -> bool:
        return value["which"] == "first" and bool(value["category"])

    def past(self, value: Any) -> rules.Past:
        found = self._gone(value)
        return rules.Past(why_not=" ".join(found)) if found else super().past(value)

    def _gone(self, value: Any) -> list[str]:
        return gone(value) if self._of_category(value) else []

    def problems(self, value: Any, user: Any) -> list[str]:
        return self._gone(value) or super().problems(value, user)

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span((self.name, value["which"]), value)

    def sentence(self, value: Any) -> str:
        first = value["which"] == "first"
        text = _("first purchase") if first else _("last purchase")
        if self._of_category(value):
            category = rules.find(ProductCategory, value["category"])
            text = rules.counts.of(text, category or "…")
        return rules.periods.or_never_said(rules.periods.said(text, value), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactSales.objects.filter(pk=contact_id).first()
        first = value["which"] == "first"
        day = (row.first_on if first else row.last_on) if row else None
        if row is None or day is None:
            return _("no purchase")
        told = date_format(day, "SHORT_DATE_FORMAT")
        return f"{told} {row.first_item}".strip() if first else told


@rules.register
class FirstPurchaseComesRound(FirstComesRound):
    name = "first_purchase_anniversary"
    label = gettext_lazy("Anniversary of the first purchase")
    group = GROUP
    aspects = ASPECTS
    rests_on = RESTS_ON
    dated_by = gettext_lazy("the purchases")
    what = gettext_lazy("first purchase")

    def rows(self) -> QuerySet[ContactSales]:
        return ContactSales.objects.all()
