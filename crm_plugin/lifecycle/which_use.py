"""On which day somebody used us for the first, second or nth time."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .conditions import RESTS_ON, USES
from .models import Use


@rules.register
class WhichUse(rules.Condition):
    """The second use is what a first visit hopes for; which one it is stands with it."""

    name = "which_use"
    label = gettext_lazy("Day of the first, second … use")
    dated_by = gettext_lazy("the uses")
    icon = "history"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.PeriodBlock):
        number = blocks.IntegerBlock(
            default=2,
            min_value=1,
            max_value=1_000_000,
            label=gettext_lazy("which use (1 is the first)"),
        )
        or_later = blocks.BooleanBlock(
            required=False, label=gettext_lazy("or any later one")
        )
        when = rules.periods.past("last", ever=False)

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        today = rules.periods.today(at)
        return self._rows(value, at).filter(on__lte=today).values("contact_id")

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at), at="on")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Use]:
        days = rules.periods.resolve(value, at).days("on")
        return _numbered(value).filter(**days)

    def sentence(self, value: Any) -> str:
        words = {"n": value["number"] or 0}
        text = _("use no. %(n)d") % words
        if value["or_later"]:
            text = _("use no. %(n)d or a later one") % words
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        """The latest of the period, without one the latest."""
        latest = None
        for rows in (self._rows(value, at), _numbered(value)):
            days = rows.filter(contact=contact_id).order_by("-on")
            latest = latest or days.values_list("on", flat=True).first()
        if latest is None:
            return _("none yet")
        return date_format(latest, "SHORT_DATE_FORMAT")


def _numbered(value: Any) -> QuerySet[Use]:
    number = value["number"] or 0
    wanted = {"number__gte": number} if value["or_later"] else {"number": number}
    return Use.objects.filter(**wanted)
