"""What came of a mailing: what people did first, what they clicked afterwards.

A booking, use, sale or answer counts when it came from a recipient within
``goal_days`` after the message was handed over. One statement per figure.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from crm_plugin.bookings.models import Booking
from crm_plugin.delivery import mailings
from crm_plugin.delivery.models import Delivery, Mailing, Response
from crm_plugin.lifecycle.models import Use
from crm_plugin.sales.models import Purchase
from crm_plugin.touchpoints.models import Inquiry

GOALS = ("booking", "use", "sales", "answer")
State, Reason = Delivery.State, Delivery.Reason


@dataclass(frozen=True)
class Outcome:
    """One kind of thing that recipients did: how often, how many of them, how much."""

    goal: str
    label: str
    count: int
    people: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Results:
    """A mailing's result; ``outcomes`` with the campaign's own goal first."""

    sent: int
    days: int
    outcomes: list[Outcome]
    clicked: int
    clicked_by_machine: int
    unsubscribed: int
    bounced: int

    def share(self, people: int) -> float:
        return people / self.sent if self.sent else 0.0


@dataclass(frozen=True)
class Line:
    """One line of the delivery count: a state, perhaps with a reason."""

    state: str
    reason: str
    label: str
    count: int


def counts(mailing: Mailing) -> list[Line]:
    """How many deliveries are in which state, for which reason, with its words."""
    order = [*State.values]
    lines = [
        Line(
            state,
            reason,
            str(Reason(reason).label if reason else State(state).label),
            n,
        )
        for (state, reason), n in mailings.counts(mailing).items()
    ]
    return sorted(lines, key=lambda line: (order.index(line.state), -line.count))


def results(mailings: Iterable[Mailing], *, goal: str, days: int) -> Results:
    """What recipients of these mailings did within *days* after they got it."""
    sent = Delivery.objects.filter(mailing__in=list(mailings), state=State.SENT)
    outcomes = [measure(sent, dt.timedelta(days=days)) for measure in MEASURES]
    outcomes.sort(key=lambda outcome: outcome.goal != goal)
    responses = Response.objects.filter(delivery__in=sent.values("pk"))
    kinds = responses.aggregate(
        human=_distinct(kind=Response.Kind.CLICK, machine=False),
        machine=_distinct(kind=Response.Kind.CLICK, machine=True),
        unsubscribed=_distinct(kind=Response.Kind.UNSUBSCRIBE),
    )
    bounced = Delivery.objects.filter(
        mailing__in=list(mailings), state=State.BOUNCED
    ).count()
    return Results(
        sent=sent.count(),
        days=days,
        outcomes=outcomes,
        clicked=kinds["human"],
        clicked_by_machine=kinds["machine"],
        unsubscribed=kinds["unsubscribed"],
        bounced=bounced,
    )


def _distinct(**conditions: Any) -> Count:
    return Count("delivery", filter=Q(**conditions), distinct=True)


def _within(sent: QuerySet, moment: str, span: dt.timedelta) -> Exists:
    """A message reached this row's contact at most *span* before *moment*."""
    return Exists(
        sent.filter(
            contact=OuterRef("contact_id"),
            sent_at__lte=OuterRef(moment),
            sent_at__gte=OuterRef(moment) - Value(span),
        )
    )


def _bookings(sent: QuerySet, span: dt.timedelta) -> Outcome:
    rows = Booking.objects.filter(_within(sent, "created_at", span), cancelled_at=None)
    return _counted("booking", _("Bookings"), rows)


def _uses(sent: QuerySet, span: dt.timedelta) -> Outcome:
    reached = sent.filter(contact=OuterRef("contact_id")).annotate(
        day=TruncDate("sent_at")
    )
    rows = Use.objects.filter(
        Exists(
            reached.filter(
                day__lte=OuterRef("on"), day__gte=OuterRef("on") - Value(span)
            )
        )
    )
    return _counted("use", _("Uses"), rows)


def _sales(sent: QuerySet, span: dt.timedelta) -> Outcome:
    rows = Purchase.objects.filter(_within(sent, "at", span))
    found = rows.aggregate(
        n=Count("pk"), people=Count("contact", distinct=True), amount=Sum("amount")
    )
    amount = found["amount"] or Decimal(0)
    return Outcome("sales", _("Sales"), found["n"], found["people"], amount)


def _answers(sent: QuerySet, span: dt.timedelta) -> Outcome:
    rows = Inquiry.objects.filter(_within(sent, "received_at", span))
    return _counted("answer", _("Inquiries and answers"), rows)


def _counted(goal: str, label: str, rows: QuerySet) -> Outcome:
    found = rows.aggregate(n=Count("pk"), people=Count("contact", distinct=True))
    return Outcome(goal, label, found["n"], found["people"])


MEASURES = (_bookings, _uses, _sales, _answers)
