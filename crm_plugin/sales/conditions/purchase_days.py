"""What rules can ask about the first and the last purchase."""

import datetime as dt
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.conditions.anniversaries import FirstComesRound
from crm_plugin.sales.models import (
    ContactSales,
    Product,
    ProductCategory,
    Purchase,
    PurchaseLine,
)

from .purchases import (
    ASPECTS,
    GROUP,
    RESTS_ON,
    categories,
    gone,
    of_things,
    products,
)

WHICH = {
    "last": gettext_lazy("the last purchase"),
    "first": gettext_lazy("the first purchase"),
    "began": gettext_lazy("the very first purchase, if it was of this category"),
}


@rules.register
class PurchaseDay(rules.Condition):
    """The first or the last purchase of all, or the one of a category or a product.

    Returns do not count. What somebody began with is the dearest line of their very
    first purchase. "More than 90 days ago, or never" is who has not bought since.
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
        product = rules.RecordChoiceBlock(
            products,
            key="code",
            blank=gettext_lazy("any product"),
            label=gettext_lazy("product"),
        )
        when = rules.periods.past("before")
        or_never = rules.periods.or_never()
        optional = {"category", "product"}
        shown = {"product": {"which": {"first", "last"}}}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        if found := self._gone(value):
            raise rules.BrokenRule(found)
        if _of_things(value):
            return _of_lines(value, lines(value), at)
        column = "last_on" if value["which"] == "last" else "first_on"
        bought = ContactSales.objects.filter(**{f"{column}__isnull": False})
        return self._of(value, bought, column, at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """What came first comes first for ever; the last is looked for anew."""
        day = rules.periods.today(at)
        if _of_things(value):
            return _of_lines(value, lines(value).filter(purchase__on__lte=day), at)
        if value["which"] != "last":
            bought = ContactSales.objects.filter(first_on__lte=day)
            return self._of(value, bought, "first_on", at)
        sold = Purchase.objects.filter(contact__isnull=False, amount__gt=0, on__lte=day)
        latest = sold.order_by().values("contact_id").annotate(crm_last_on=Max("on"))
        return self._of(value, latest, "crm_last_on", at)

    def _of(self, value: Any, bought: QuerySet, column: str, at: dt.datetime) -> Any:
        inside = Q(**rules.periods.resolve(value, at).days(column))
        if value["which"] == "began":
            inside &= Q(first_category=rules.find(ProductCategory, value["category"]))
        if not value["or_never"]:
            return bought.filter(inside).values("contact_id")
        others = rules.periods.others(bought, inside)
        return rules.everyone_but(others.values("contact_id"))

    def past(self, value: Any) -> rules.Past:
        found = self._gone(value)
        return rules.Past(why_not=" ".join(found)) if found else super().past(value)

    def _gone(self, value: Any) -> list[str]:
        return gone({"category": value["category"], "product": _product(value)})

    def lacks(self, value: Any) -> list[str]:
        if value["which"] == "began" and not value["category"]:
            return [_("Name a category.")]
        return []

    def problems(self, value: Any, user: Any) -> list[str]:
        return self._gone(value) or super().problems(value, user)

    def span(self, value: Any) -> rules.Span | None:
        """The very first is one day, whatever it was of."""
        very = value["which"] == "began"
        things = ("", "") if very else (value["category"] or "", _product(value) or "")
        which = "first" if very else value["which"]
        return rules.periods.span((self.name, which, *things), value)

    def sentence(self, value: Any) -> str:
        said = rules.periods.said(_what(value), value)
        return rules.periods.or_never_said(said, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        if _of_things(value):
            return _explain_lines(value, contact_id)
        row = ContactSales.objects.filter(pk=contact_id).first()
        last = value["which"] == "last"
        day = (row.last_on if last else row.first_on) if row else None
        if row is None or day is None:
            return _("no purchase")
        told = date_format(day, "SHORT_DATE_FORMAT")
        return told if last else f"{told} {row.first_item}".strip()


def _what(value: Any) -> str:
    """Which purchase is meant, in words."""
    key = value["category"]
    category = (rules.find(ProductCategory, key) if key else None) or "…"
    if value["which"] == "began":
        return _("%(name)s as the very first purchase") % {"name": category}
    text = _("first purchase") if value["which"] == "first" else _("last purchase")
    if key:
        text = rules.counts.of(text, category)
    if code := _product(value):
        text += f" ({rules.find(Product, code, field='code') or code})"
    return text


def _product(value: Any) -> str | None:
    return None if value["which"] == "began" else value.get("product")


def _of_things(value: Any) -> bool:
    """Whether it is about purchases of a category or a product, not about all."""
    return value["which"] != "began" and bool(value["category"] or _product(value))


def lines(value: Any) -> QuerySet[PurchaseLine]:
    """What was bought of the category and the product."""
    known = {"purchase__contact__isnull": False, "amount__gt": 0}
    return PurchaseLine.objects.filter(**known, **of_things(value))


def _of_lines(value: Any, rows: QuerySet[PurchaseLine], at: dt.datetime) -> Any:
    """The contacts whose first, or last, day of *rows* lies in the period."""
    period = rules.periods.resolve(value, at)
    before, after = (
        Q() if day is None else Q(**{f"purchase__on__{way}": day})
        for day, way in ((period.first, "lt"), (period.last, "gt"))
    )
    # Whoever bought on this side of the period did not do so for the last time in it.
    beyond, short = (after, before) if value["which"] == "last" else (before, after)
    theirs = rows.filter(purchase__contact=OuterRef("purchase__contact"))
    if not value["or_never"]:
        inside = rows.exclude(short) if short else rows
        if beyond:
            inside = inside.exclude(beyond).filter(~Exists(theirs.filter(beyond)))
        return inside.values("purchase__contact_id")
    outside: Any = beyond
    if short:
        outside |= short & ~Exists(theirs.exclude(short))
    others = rows.filter(outside) if outside else rows.none()
    return rules.everyone_but(others.values("purchase__contact_id"))


def _explain_lines(value: Any, contact_id: int) -> str:
    first = value["which"] == "first"
    rows = lines(value).filter(purchase__contact=contact_id)
    rows = rows.order_by("purchase__on" if first else "-purchase__on", "-amount", "pk")
    row = rows.select_related("purchase").first()
    if row is None:
        return _("no purchase")
    return f"{date_format(row.purchase.on, 'SHORT_DATE_FORMAT')} {row.name}"


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
