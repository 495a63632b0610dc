"""Late for their own rhythm: longer away than is usual for this very person."""

import datetime as dt
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.sales.models import Purchase

from . import uses
from .conditions import USES
from .data_things import RHYTHM
from .models import ContactUses, Use

YEAR = dt.timedelta(days=365)
RESTS_ON = frozenset({("contact", RHYTHM)})


def late_days(summary: ContactUses | None, today: dt.date | None = None) -> int:
    """Days since the last use, where that is late for their own rhythm; else 0."""
    if not summary or not summary.late_on or not summary.last_on:
        return 0
    today = today or timezone.localdate(timezone=timezone.get_default_timezone())
    return (today - summary.last_on).days if today >= summary.late_on else 0


def uses_in_year(contact_id: int, today: dt.date | None = None) -> int:
    """Use frequency: how many uses in the last 365 days; one query."""
    today = today or timezone.localdate(timezone=timezone.get_default_timezone())
    rows = Use.objects.filter(contact_id=contact_id, on__gt=today - YEAR, on__lte=today)
    return rows.count()


def of_organisation(organisation_id: int) -> ContactUses | None:
    """The uses that were made for an organisation, summed up as those of a contact.

    A day on which its purchases net above nothing is one use, whoever made them. One
    query; the row is never saved.
    """
    rows = Purchase.objects.filter(organisation_id=organisation_id).values("on")
    sold = rows.annotate(net=Sum("amount")).filter(net__gt=0).order_by("on")
    days = list(sold.values_list("on", flat=True))
    if not days:
        return None
    gaps = sorted((b - a).days for a, b in pairwise(days))
    gap = int(median(gaps)) if len(gaps) > 1 else None
    late_on = days[-1] + dt.timedelta(gap * 3 // 2 + 1) if gap else None
    return ContactUses(
        count=len(days),
        first_on=days[0],
        last_on=days[-1],
        usual_gap_days=gap,
        late_on=late_on,
    )


def uses_in_year_of_organisation(organisation_id: int) -> int:
    """In how many of the last 365 days it used us; one query."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    rows = Purchase.objects.filter(
        organisation_id=organisation_id, on__gt=today - YEAR, on__lte=today
    )
    sold = rows.values("on").annotate(net=Sum("amount")).filter(net__gt=0)
    return sold.order_by().count()


@rules.register
class IsLate(rules.Condition):
    name = "late"
    label = gettext_lazy("Late for their own rhythm")
    dated_by = gettext_lazy("the uses")
    icon = "time"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.ConditionBlock):
        pass

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(ContactUses.objects.all(), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(uses.summaries_on(rules.periods.today(at)), at)

    def _of(self, rows: QuerySet, at: dt.datetime) -> QuerySet:
        late = rows.filter(late_on__lte=rules.periods.today(at))
        return late.values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def sentence(self, value: Any) -> str:
        return _("late for their own rhythm")

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactUses.objects.filter(pk=contact_id).first()
        if not row or not row.usual_gap_days or not row.last_on:
            return _("no rhythm yet: it takes three uses")
        days = (rules.periods.today(at) - row.last_on).days
        text = ngettext(
            "%(n)d day since the last use; usual gap: %(gap)d",
            "%(n)d days since the last use; usual gap: %(gap)d",
            days,
        )
        return text % {"n": days, "gap": row.usual_gap_days}


MEASURES = {
    "gap": gettext_lazy("usual gap between two uses, in days"),
    "rate": gettext_lazy("uses in 365 days, by their usual gap"),
}


@rules.register
class HasRhythm(rules.Condition):
    """Only of those whose usual gap is known: it takes three uses.

    Somebody with a usual gap of 30 days uses us 365 / 30 times in 365 days.
    """

    name = "rhythm"
    label = gettext_lazy("Rhythm of uses")
    dated_by = gettext_lazy("the uses")
    icon = "history"
    group = USES
    aspects = frozenset({"uses", "purchases", "bookings"})
    rests_on = RESTS_ON

    class Value(rules.ConditionBlock):
        measure = blocks.ChoiceBlock(
            choices=list(MEASURES.items()),
            default="gap",
            label=gettext_lazy("measured by"),
        )
        how = rules.counts.how("at_most", "at_least")
        number = blocks.IntegerBlock(
            default=30, min_value=1, max_value=3_650, label=gettext_lazy("number")
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, ContactUses.objects.all())

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, uses.summaries_on(rules.periods.today(at)))

    def _of(self, value: Any, rows: QuerySet) -> QuerySet:
        number, most = value["number"] or 1, value["how"] == "at_most"
        if value["measure"] == "rate":
            # So many uses at least are a gap of so many days at most, and vice versa.
            number = -(-YEAR.days // number) if most else YEAR.days // number
            most = not most
        way = "lte" if most else "gte"
        known = rows.filter(usual_gap_days__isnull=False)
        wanted = known.filter(**{f"usual_gap_days__{way}": number})
        return wanted.values("contact_id")

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = value["number"] or 1
        if value["measure"] == "rate":
            things = ngettext(
                "%(n)d use in 365 days by their usual gap",
                "%(n)d uses in 365 days by their usual gap",
                number,
            )
        else:
            things = ngettext(
                "%(n)d day between two uses", "%(n)d days between two uses", number
            )
        return rules.counts.phrase(value, things=things % {"n": number}, nothing="")

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactUses.objects.filter(pk=contact_id).first()
        if not row or row.usual_gap_days is None:
            return _("no rhythm yet: it takes three uses")
        return _("usual gap: %(gap)d days") % {"gap": row.usual_gap_days}
