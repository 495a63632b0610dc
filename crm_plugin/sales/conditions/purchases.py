"""What rules can ask about purchases."""

import datetime as dt
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.sales.models import ProductCategory, Purchase, PurchaseLine


def categories() -> QuerySet[ProductCategory]:
    return ProductCategory.objects.all()


MEASURES = [
    ("count", gettext_lazy("number of purchases")),
    ("sum", gettext_lazy("sales in all")),
]


@rules.register
class Bought(rules.Condition):
    """Purchases are counted without returns; sales are net of them."""

    name = "purchases"
    label = gettext_lazy("Purchases")
    icon = "tag"
    group = gettext_lazy("Uses and purchases")
    aspects = frozenset({"purchases"})

    class Value(rules.PeriodBlock):
        measure = blocks.ChoiceBlock(
            choices=MEASURES, default="count", label=gettext_lazy("counted by")
        )
        how = rules.counts.how("at_least", "at_most", "none")
        number = blocks.DecimalBlock(
            required=False, default=1, min_value=0, label=gettext_lazy("number")
        )
        category = rules.RecordChoiceBlock(
            categories, blank=gettext_lazy("any category"), label=gettext_lazy("of")
        )
        when = rules.periods.when("last", "before", "ago", "ever", "dates")
        optional = {"category"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        gone = self._gone(value)
        if gone:
            raise rules.BrokenRule(gone)
        rows, by, total = self._rows(value, at)
        if value["how"] == "none":
            return rules.everyone_but(rows.values(by))
        grouped = rows.order_by().values(by).annotate(crm_total=total)
        number = value["number"] or 0
        if value["how"] == "at_most":
            return rules.everyone_but(grouped.filter(crm_total__gt=number).values(by))
        if number <= 0:
            return rules.everyone_but(grouped.filter(crm_total__lt=number).values(by))
        return grouped.filter(crm_total__gte=number).values(by)

    def _rows(self, value: Any, at: dt.datetime) -> tuple[QuerySet, str, Any]:
        """Rows to count, their contact column, and the aggregate."""
        period = rules.periods.resolve(value, at)
        count = value["measure"] == "count" or value["how"] == "none"
        if not value["category"]:
            rows = Purchase.objects.filter(contact__isnull=False, **period.days("on"))
            rows = rows.filter(amount__gt=0) if count else rows
            return rows, "contact_id", Count("pk") if count else Sum("amount")
        lines = PurchaseLine.objects.filter(
            category__key=value["category"],
            purchase__contact__isnull=False,
            **period.days("purchase__on"),
        )
        lines = lines.filter(amount__gt=0) if count else lines
        total = Count("purchase", distinct=True) if count else Sum("amount")
        return lines, "purchase__contact_id", total

    def _gone(self, value: Any) -> list[str]:
        key = value["category"]
        if key and rules.find(ProductCategory, key) is None:
            return [_("The category “%(key)s” is gone.") % {"key": key}]
        return []

    def problems(self, value: Any, user: Any) -> list[str]:
        return self._gone(value) or super().problems(value, user)

    def sentence(self, value: Any) -> str:
        text = rules.counts.phrase(value, things=_things(value), nothing=_nothing())
        if value["category"]:
            name = rules.find(ProductCategory, value["category"])
            text = rules.counts.of(text, name or "…")
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows, by, total = self._rows(value, at)
        found = rows.filter(**{by: contact_id}).aggregate(total=total)["total"] or 0
        return number_format(found)


def _things(value: Any) -> str:
    number = value["number"] or 0
    if value["measure"] == "sum":
        return _("%(amount)s in sales") % {"amount": number_format(number)}
    words = ngettext("%(n)d purchase", "%(n)d purchases", int(number))
    return words % {"n": int(number)}


def _nothing() -> str:
    return _("no purchase")
