"""What rules can ask about bookings."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import blocks

from crm_plugin import rules

from .data_things import BOOKED
from .models import Booking, Service, WaitingEntry

KINDS = {
    "made": gettext_lazy("made"),
    "came": gettext_lazy("came"),
    "no_show": gettext_lazy("did not come"),
    "cancelled": gettext_lazy("cancelled"),
    "standing": gettext_lazy("still to come"),
}


def services() -> QuerySet[Service]:
    return Service.objects.all()


@rules.register
class HasBooked(rules.Condition):
    """The period is about the day of the visit; for "made", the day of booking."""

    name = "bookings"
    label = gettext_lazy("Bookings")
    dated_by = gettext_lazy("the bookings")
    icon = "calendar"
    group = gettext_lazy("Uses and purchases")
    aspects = frozenset({"bookings"})
    rests_on = frozenset({("contact", BOOKED)})

    class Value(rules.CountBlock):
        kind = blocks.ChoiceBlock(
            choices=list(KINDS.items()), default="came", label=gettext_lazy("booking")
        )
        service = rules.RecordChoiceBlock(
            services, blank=gettext_lazy("any service"), label=gettext_lazy("of")
        )
        when = rules.periods.when(default="last")
        optional = {"service"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows_then(value, at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at), at=_moment(value))

    def events_as_of(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows_then(value, at), at=_moment(value))

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Booking]:
        return self._of(value, at).filter(_kind(value["kind"], at))

    def _rows_then(self, value: Any, at: dt.datetime) -> QuerySet[Booking]:
        then = _kind_then(value["kind"], at)
        return self._of(value, at).filter(then, created_at__lte=at)

    def _of(self, value: Any, at: dt.datetime) -> QuerySet[Booking]:
        period = rules.periods.resolve(value, at)
        rows = Booking.objects.filter(**period.moments(_moment(value)))
        if value["service"]:
            rows = rows.filter(service=_service(value["service"]))
        return rows

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """What is still to come is so until it begins; one booked meanwhile is in the
        change feed."""
        moments = [rules.periods.next_change(value, at)]
        if value["kind"] == "standing":
            begin = self._rows(value, at).order_by("starts_at")
            moments.append(begin.values_list("starts_at", flat=True).first())
        return min((moment for moment in moments if moment), default=None)

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d booking", "%(n)d bookings", number) % {"n": number}
        text = rules.counts.phrase(value, things=things, nothing=_("no booking"))
        text += " (" + str(KINDS.get(value["kind"], "…")) + ")"
        if value["service"]:
            service = rules.find(Service, value["service"])
            text = rules.counts.of(text, service or "…")
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        return ngettext("%(n)d booking", "%(n)d bookings", number) % {"n": number}


@rules.register
class Waits(rules.Condition):
    """Still to be told of a free place. The period is about the day that they want."""

    name = "waiting"
    label = gettext_lazy("Waiting list")
    dated_by = gettext_lazy("the waiting list")
    icon = "time"
    group = gettext_lazy("Uses and purchases")
    aspects = frozenset({"bookings"})

    class Value(rules.PeriodBlock):
        service = rules.RecordChoiceBlock(
            services, blank=gettext_lazy("any service"), label=gettext_lazy("service")
        )
        when = rules.periods.when(
            "ever",
            "next",
            "this_month",
            "next_month",
            "dates",
            label=gettext_lazy("day"),
        )
        optional = {"service"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        rows = self._of(value, at).filter(
            Q(booking=None) | Q(booking__created_at__gt=at),
            Q(left_at=None) | Q(left_at__gt=at),
            created_at__lte=at,
        )
        return rows.values("contact_id")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[WaitingEntry]:
        return self._of(value, at).filter(booking=None, left_at=None)

    def _of(self, value: Any, at: dt.datetime) -> QuerySet[WaitingEntry]:
        days = rules.periods.resolve(value, at).days("on")
        rows = WaitingEntry.objects.filter(**days)
        rows = rows.filter(on__gte=rules.periods.today(at))
        if value["service"]:
            rows = rows.filter(service=_service(value["service"]))
        return rows

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """Nobody waits for a day that is over."""
        return rules.periods.next_change({"when": "next"}, at)

    def sentence(self, value: Any) -> str:
        text = _("a place on the waiting list")
        if value["service"]:
            service = rules.find(Service, value["service"])
            text = rules.counts.of(text, service or "…")
        if period := rules.periods.phrase(value):
            words = {"what": text, "period": period}
            text = _("%(what)s, for a day %(period)s") % words
        return text

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id).order_by("on")
        days = rows.values_list("on", flat=True)[:3]
        return ", ".join(date_format(d, "SHORT_DATE_FORMAT") for d in days) or _("none")


def _moment(value: Any) -> str:
    return "created_at" if value["kind"] == "made" else "starts_at"


def _service(key: str) -> Service:
    found = rules.find(Service, key)
    if found is None:
        raise rules.BrokenRule([_("The service “%(key)s” is gone.") % {"key": key}])
    return found


def _kind(kind: str, at: dt.datetime) -> Q:
    return {
        "came": Q(came_at__isnull=False),
        "no_show": Q(no_show_at__isnull=False),
        "cancelled": Q(cancelled_at__isnull=False),
        "standing": Q(cancelled_at=None, came_at=None, starts_at__gt=at),
    }.get(kind, Q())


def _kind_then(kind: str, at: dt.datetime) -> Q:
    """The same at a moment of the past: what was noted later had not happened."""
    called_off = Q(cancelled_at=None) | Q(cancelled_at__gt=at)
    not_there = Q(came_at=None) | Q(came_at__gt=at)
    return {
        "came": Q(came_at__lte=at),
        "no_show": Q(no_show_at__lte=at),
        "cancelled": Q(cancelled_at__lte=at),
        "standing": called_off & not_there & Q(starts_at__gt=at),
    }.get(kind, Q())
