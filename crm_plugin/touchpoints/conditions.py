"""What rules can ask about touchpoints and open questions."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_plugin import rules

from .data_things import IN_TOUCH
from .frequency import ASPECTS, moments_at
from .models import ContactFrequency, Inquiry, Touchpoint
from .sorts import GROUP, OfSort, SortBlock, choice, of_sort, with_sort


@rules.register
class WasInTouch(OfSort):
    """Counts what people did: no suspected machines, nothing unverified."""

    name = "touchpoints"
    label = gettext_lazy("Touchpoints")
    icon = "comment"

    class Value(SortBlock, rules.CountBlock):
        when = rules.periods.past("last")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at).filter(at__lte=at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at))

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Touchpoint]:
        period = rules.periods.resolve(value, at)
        return of_sort(value).filter(**period.moments("at"))

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no touchpoint")
        )
        return rules.periods.said(with_sort(text, value), value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        words = ngettext("%(n)d touchpoint", "%(n)d touchpoints", number)
        return words % {"n": number}


@rules.register
class LastTouch(rules.Condition):
    """The latest that came from them, or was two-way; what we sent does not count.

    A purchase, a visit and a click are touches, too.
    """

    name = "last_touch"
    label = gettext_lazy("Last touch")
    icon = "time"
    group = GROUP
    aspects = frozenset({*ASPECTS, "purchases"})
    rests_on = frozenset({("contact", IN_TOUCH)})
    dated_by = gettext_lazy("the days of contact")

    class Value(rules.PeriodBlock):
        when = rules.periods.past("last", ever=False)
        or_never = rules.periods.or_never()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, ContactFrequency.objects.all(), at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(value, moments_at(at), at)

    def _of(self, value: Any, rows: QuerySet, at: dt.datetime) -> Any:
        inside = Q(**rules.periods.resolve(value, at).moments("last_at"))
        known = rows.filter(last_at__isnull=False)
        if value["or_never"]:
            others = rules.periods.others(known, inside)
            return rules.everyone_but(others.values("contact_id"))
        return known.filter(inside).values("contact_id")

    def span(self, value: Any) -> rules.Span | None:
        return rules.periods.span(self.name, value)

    def sentence(self, value: Any) -> str:
        text = _("last touch %(when)s") % {"when": rules.periods.phrase(value)}
        return rules.periods.or_never_said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        row = ContactFrequency.objects.filter(pk=contact_id).first()
        if row is None or row.last_at is None:
            return _("none yet")
        return date_format(timezone.localtime(row.last_at), "SHORT_DATE_FORMAT")


@rules.register
class HasOpenInquiry(rules.Condition):
    name = "open_inquiry"
    label = gettext_lazy("Open inquiry or complaint")
    dated_by = gettext_lazy("the days of inquiries and answers")
    icon = "help"
    group = GROUP
    aspects = frozenset({"touchpoints"})

    class Value(rules.ConditionBlock):
        kind = choice(Inquiry.Kind.choices, gettext_lazy("kind"))
        optional = {"kind"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(Inquiry.objects.open(), value).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        still = Q(closed_at=None) | Q(closed_at__gt=at)
        rows = Inquiry.objects.filter(still, received_at__lte=at)
        return self._of(rows, value).values("contact_id")

    def _of(self, rows: QuerySet[Inquiry], value: Any) -> QuerySet[Inquiry]:
        rows = rows.filter(contact__isnull=False)
        return rows.filter(kind=value["kind"]) if value["kind"] else rows

    def sentence(self, value: Any) -> str:
        return {
            Inquiry.Kind.QUESTION: _("an open question"),
            Inquiry.Kind.COMPLAINT: _("an open complaint"),
        }.get(value["kind"], _("an open inquiry or complaint"))

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._of(Inquiry.objects.open(), value).filter(contact=contact_id)
        days = [timezone.localtime(row.received_at) for row in rows.order_by("id")[:3]]
        told = [_("since %(first)s") % {"first": _short(day)} for day in days]
        return ", ".join(told) or _("none")


def _short(moment: dt.datetime) -> str:
    return date_format(moment, "SHORT_DATE_FORMAT")
