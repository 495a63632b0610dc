"""Recency, frequency, monetary value: three scores from 1 to 5.

Arthur Hughes, *Strategic Database Marketing*: the customers are ranked three times and
cut into fifths, the best of which scores 5. Ranked are all who bought in the last 365
days: by the day of the last purchase, by the number of purchases and by the net sales
in these days. Equal values score alike, the better of what they span, so that a fifth
may hold a few more. Who sold back as much as was bought scores 1 in sales.
"""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.conf import format_money
from crm_plugin.sales import summaries
from crm_plugin.sales.models import ContactSales
from crm_plugin.sales.summaries import WINDOW

from .purchases import ASPECTS, GROUP, RESTS_ON

SCORES = {
    "recency": ("last_on", gettext_lazy("recency")),
    "frequency": ("count_365", gettext_lazy("frequency")),
    "monetary": ("net_365", gettext_lazy("sales")),
}
LOWEST, BEST = 1, 5


def ranked(sales: QuerySet, at: dt.datetime) -> QuerySet:
    """The summaries of everybody who is scored, among all *sales*."""
    since = rules.periods.today(at) - dt.timedelta(days=WINDOW - 1)
    return sales.filter(last_on__gte=since)


def floor(sales: QuerySet, at: dt.datetime, column: str, score: int) -> Any | None:
    """The value of *column* from which on a row scores at least *score*.

    None where no row scores as much. Two queries, of today's on an index.
    """
    percent = (BEST + 1 - score) * 20
    if column == "last_on":
        return rules.floor_of_rows(ranked(sales, at), column, percent)
    return rules.floor_of_top(sales, column, percent)


def scoring(sales: QuerySet, at: dt.datetime, column: str, least: int, most: int) -> Q:
    """Those whose score by *column* lies between *least* and *most*, both included."""
    where = Q()
    if least > LOWEST:
        low = floor(sales, at, column, least)
        where &= Q(pk__in=[]) if low is None else Q(**{f"{column}__gte": low})
    if most < BEST:
        high = floor(sales, at, column, most + 1)
        where &= Q() if high is None else Q(**{f"{column}__lt": high})
    return where


def _score(default: int, label: Any) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        default=default, min_value=LOWEST, max_value=BEST, label=label
    )


_from = partial(_score, LOWEST)
_to = partial(_score, BEST, gettext_lazy("to"))


@rules.register
class HasRfm(rules.Condition):
    name = "rfm"
    label = gettext_lazy("RFM classes")
    icon = "order"
    group = GROUP
    aspects = ASPECTS | {"sales"}
    dated_by = gettext_lazy("the purchases")
    rests_on = RESTS_ON

    class Value(rules.ConditionBlock):
        recency_from = _from(gettext_lazy("recency (5: bought lately) from"))
        recency_to = _to()
        frequency_from = _from(gettext_lazy("frequency (5: buys often) from"))
        frequency_to = _to()
        monetary_from = _from(gettext_lazy("sales (5: buys for much) from"))
        monetary_to = _to()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, ContactSales.objects.all(), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, summaries.year_until(rules.periods.today(at)), at)

    def _of(self, value: Any, sales: QuerySet, at: dt.datetime) -> QuerySet:
        where = Q()
        for name, (column, _label) in SCORES.items():
            where &= scoring(sales, at, column, *bounds(value, name))
        return ranked(sales, at).filter(where).values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def lacks(self, value: Any) -> list[str]:
        if all(bounds(value, name) == (LOWEST, BEST) for name in SCORES):
            return [_("Narrow at least one of the three scores.")]
        return []

    def problems(self, value: Any, user: Any) -> list[str]:
        for name in SCORES:
            least, most = bounds(value, name)
            if least > most:
                return [_("The first number must be the smaller one.")]
        return []

    def sentence(self, value: Any) -> str:
        said = []
        for name, (_column, label) in SCORES.items():
            least, most = bounds(value, name)
            if (least, most) == (LOWEST, BEST):
                continue
            score = str(least) if least == most else f"{least}–{most}"
            said.append(_("%(label)s %(score)s") % {"label": label, "score": score})
        return _("RFM score: %(scores)s") % {"scores": ", ".join(said) or "…"}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ranked(ContactSales.objects.all(), at).filter(pk=contact_id).first()
        if row is None or row.last_on is None:
            return _("no purchase in 365 days")
        times = ngettext("%(n)d purchase", "%(n)d purchases", row.count_365)
        told = [
            date_format(row.last_on, "SHORT_DATE_FORMAT"),
            times % {"n": row.count_365},
            format_money(row.net_365),
        ]
        return ", ".join(told)


def bounds(value: Any, name: str) -> tuple[int, int]:
    """The lowest and the highest score that counts."""
    return value[f"{name}_from"] or LOWEST, value[f"{name}_to"] or BEST
