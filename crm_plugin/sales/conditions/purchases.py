"""What rules can ask about purchases: how many, how much, how much each."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Round
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.conf import format_money
from crm_plugin.sales.data_things import BOUGHT
from crm_plugin.sales.models import Product, ProductCategory, Purchase, PurchaseLine
from crm_plugin.touchpoints.models import Channel

GROUP = gettext_lazy("Uses and purchases")
ASPECTS = frozenset({"purchases"})
RESTS_ON = frozenset({("contact", BOUGHT)})
MEASURES = [
    ("count", gettext_lazy("number of purchases")),
    ("sum", gettext_lazy("sales in all")),
    ("average", gettext_lazy("sales per purchase")),
]
WAYS = ("channel", "payment")
# SQLite adds up amounts as floating numbers.
CENTS = 2


def categories() -> QuerySet[ProductCategory]:
    return ProductCategory.objects.all()


def products() -> QuerySet[Product]:
    return Product.objects.order_by("name", "code")


def gone(value: Any) -> list[str]:
    """What the value names and nobody knows any more, in words."""
    found = []
    category, product = value.get("category"), value.get("product")
    if category and rules.find(ProductCategory, category) is None:
        found.append(_("The category “%(key)s” is gone.") % {"key": category})
    if product and rules.find(Product, product, field="code") is None:
        found.append(_("The product “%(key)s” is gone.") % {"key": product})
    return found


def of_things(value: Any) -> dict[str, Any]:
    """Filters of lines: of which category, of which product."""
    where = {}
    if value["category"]:
        where["category__key"] = value["category"]
    if value["product"]:
        where["product__code"] = value["product"]
    return where


def _known(value: Any) -> rules.Past | None:
    found = gone(value)
    return rules.Past(why_not=" ".join(found)) if found else None


def _any(choices: Any, label: Any) -> blocks.ChoiceBlock:
    return blocks.ChoiceBlock(
        choices=[("", gettext_lazy("any")), *choices], required=False, label=label
    )


@rules.register
class Bought(rules.Condition):
    """Purchases are counted without returns; sales are net of them.

    Sales per purchase are the net sales divided by the number of purchases, known of
    those who bought at all.
    """

    name = "purchases"
    label = gettext_lazy("Purchases")
    icon = "tag"
    group = GROUP
    aspects = ASPECTS
    rests_on = RESTS_ON
    dated_by = gettext_lazy("the purchases")

    class Value(rules.PeriodBlock):
        measure = blocks.ChoiceBlock(
            choices=MEASURES, default="count", label=gettext_lazy("counted by")
        )
        how = rules.counts.how()
        number = blocks.DecimalBlock(
            required=False,
            default=1,
            min_value=0,
            max_value=10**11,
            label=gettext_lazy("number"),
        )
        category = rules.RecordChoiceBlock(
            categories, blank=gettext_lazy("any category"), label=gettext_lazy("of")
        )
        product = rules.RecordChoiceBlock(
            products,
            key="code",
            blank=gettext_lazy("any product"),
            label=gettext_lazy("product"),
        )
        channel = _any(Channel.choices, gettext_lazy("channel"))
        payment = _any(Purchase.Payment.choices, gettext_lazy("payment"))
        when = rules.periods.past("last")
        optional = {"category", "product", *WAYS}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := gone(value):
            raise rules.BrokenRule(found)
        return self._of(value, *self._rows(value, at))

    def past(self, value: Any) -> rules.Past:
        return _known(value) or super().past(value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows, by = self._rows(value, at)
        column = "on" if by == "contact_id" else "purchase__on"
        until = {f"{column}__lte": rules.periods.today(at)}
        return self._of(value, rows.filter(**until), by)

    def _of(self, value: Any, rows: QuerySet, by: str) -> Any:
        """Whose *rows* come to what is asked."""
        if value["how"] == "none":
            return rules.everyone_but(rows.values(by))
        grouped = rows.order_by().values(by).annotate(**_totals(value, rows))
        number = value["number"] or 0
        if value["how"] == "exactly":
            return _exactly(number, grouped, value["measure"], by)
        if value["measure"] == "average":
            way = "lte" if value["how"] == "at_most" else "gte"
            each = {f"crm_total__{way}": F("crm_times") * number}
            return grouped.filter(crm_times__gt=0, **each).values(by)
        if value["how"] == "at_most":
            return rules.everyone_but(grouped.filter(crm_total__gt=number).values(by))
        if number <= 0:
            return rules.everyone_but(grouped.filter(crm_total__lt=number).values(by))
        return grouped.filter(crm_total__gte=number).values(by)

    def events(self, value: Any, at: dt.datetime) -> rules.Events | None:
        """Purchases, each once, however many of its lines are meant; sums are none."""
        if value["measure"] != "count":
            return None
        if found := gone(value):
            raise rules.BrokenRule(found)
        rows, by = self._rows(value, at)
        if by != "contact_id":
            rows = Purchase.objects.filter(pk__in=rows.values("purchase_id"))
        return rules.Events(rows, at="on")

    def _rows(self, value: Any, at: dt.datetime) -> tuple[QuerySet, str]:
        """Rows to count, and the column of their contact."""
        lines = bool(value["category"] or value["product"])
        where = _where(value, at, "purchase__" if lines else "")
        where |= of_things(value)
        if value["measure"] == "count" or value["how"] == "none":
            where["amount__gt"] = 0
        if lines:
            return PurchaseLine.objects.filter(**where), "purchase__contact_id"
        return Purchase.objects.filter(**where), "contact_id"

    def problems(self, value: Any, user: Any) -> list[str]:
        return gone(value) or super().problems(value, user)

    def span(self, value: Any) -> rules.Span | None:
        """Sums fall with returns; "none" is a number, whatever is measured."""
        counted = value["measure"] == "count" or value["how"] == "none"
        if counted:
            value = {**value, "measure": "count", "number": int(value["number"] or 0)}
        return rules.counts.span(self.name, value, grows=counted)

    def sentence(self, value: Any) -> str:
        text = rules.counts.phrase(value, things=_things(value), nothing=_nothing())
        if value["category"]:
            name = rules.find(ProductCategory, value["category"])
            text = rules.counts.of(text, name or "…")
        return rules.periods.said(rules.with_details(text, _details(value)), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows, by = self._rows(value, at)
        found = rows.filter(**{by: contact_id}).aggregate(**_totals(value, rows))
        total = found["crm_total"] or 0
        if value["measure"] != "average" or value["how"] == "none":
            money = value["measure"] == "sum" and value["how"] != "none"
            return format_money(total) if money else number_format(total)
        times = found["crm_times"]
        return format_money(round(total / times, 2)) if times else _("no purchase")


def _where(value: Any, at: dt.datetime, purchase: str) -> dict[str, Any]:
    period = rules.periods.resolve(value, at)
    ways = {f"{purchase}{name}": value[name] for name in WAYS if value[name]}
    known = {f"{purchase}contact__isnull": False}
    return {**known, **ways, **period.days(f"{purchase}on")}


def _totals(value: Any, rows: QuerySet) -> dict[str, Any]:
    """What is summed up for each contact: the total and how often they bought."""
    lines = rows.model is PurchaseLine
    what = "purchase" if lines else "pk"
    if value["measure"] == "count" or value["how"] == "none":
        return {"crm_total": Count(what, distinct=lines)}
    if value["measure"] == "average":
        times = Count(what, distinct=lines, filter=Q(amount__gt=0))
        return {"crm_total": Sum("amount"), "crm_times": times}
    return {"crm_total": Sum("amount")}


def _exactly(number: Any, grouped: QuerySet, measure: str, by: str) -> Any:
    """Whose total is *number*, or who comes to so much each time."""
    if measure == "average":
        left = Round(F("crm_total") - F("crm_times") * number, CENTS)
        bought = grouped.alias(crm_left=left).filter(crm_times__gt=0)
        return bought.filter(crm_left__gte=0, crm_left__lte=0).values(by)
    total = F("crm_total") if measure == "count" else Round("crm_total", CENTS)
    known = grouped.alias(crm_sum=total)
    if number:
        return known.filter(crm_sum__gte=number, crm_sum__lte=number).values(by)
    some = Q(crm_sum__gt=0) | Q(crm_sum__lt=0)
    return rules.everyone_but(known.filter(some).values(by))


def _things(value: Any) -> str:
    number = value["number"] or 0
    if value["measure"] == "sum":
        return _("%(amount)s in sales") % {"amount": format_money(number)}
    if value["measure"] == "average":
        return _("%(amount)s per purchase") % {"amount": format_money(number)}
    words = ngettext("%(n)d purchase", "%(n)d purchases", int(number))
    return words % {"n": int(number)}


def _details(value: Any) -> list[str]:
    labels: dict[str, dict] = {
        "channel": dict(Channel.choices),
        "payment": dict(Purchase.Payment.choices),
    }
    said = [str(labels[name].get(value[name], "…")) for name in WAYS if value[name]]
    if value["product"]:
        name = rules.find(Product, value["product"], field="code")
        said = [str(name or value["product"]), *said]
    return said


def _nothing() -> str:
    return _("no purchase")
