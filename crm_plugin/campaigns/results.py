"""What came of a mailing: what people did first, what they clicked afterwards.

A booking, use, sale, answer or form counts when it came from a recipient within
``goal_days`` after the message was handed over. One statement per figure.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DurationField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from crm_plugin.delivery import mailings as states
from crm_plugin.delivery import reasons
from crm_plugin.delivery.models import Delivery, Mailing, Response
from crm_plugin.intake.models import Submission

# For a mailing whose campaign is gone.
DAYS = 30
LABELS = {
    "booking": _("Bookings"),
    "use": _("Uses"),
    "sales": _("Sales"),
    "answer": _("Inquiries and answers"),
    "submit": _("Forms sent"),
}
NO_RESPONSES = {"clicked": 0, "clicked_by_machine": 0, "unsubscribed": 0}
State = Delivery.State


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

    def of(self, goal: str) -> Outcome:
        """The outcome of one kind."""
        return next(outcome for outcome in self.outcomes if outcome.goal == goal)


@dataclass(frozen=True)
class Line:
    """One line of the delivery count: a state, perhaps with a reason."""

    state: str
    reason: str
    label: str
    count: int


def counts(mailing: Mailing) -> list[Line]:
    """How many deliveries are in which state, for which reason, with its words.

    A worker's own steps before a message leaves are one thing to a person: it waits.
    """
    sums: Counter[tuple[str, str]] = Counter()
    for (state, reason), n in states.counts(mailing).items():
        sums[State.PENDING if state in states.OPEN else state, reason] += n
    lines = [
        Line(
            state,
            reason,
            reasons.sentence(reason) if reason else str(State(state).label),
            n,
        )
        for (state, reason), n in sums.items()
    ]
    order = [*State.values]
    return sorted(lines, key=lambda line: (order.index(line.state), -line.count))


def results(mailings: Iterable[Mailing]) -> dict[int, Results]:
    """What recipients did within each campaign's own days, by mailing.

    A fixed number of statements, however many mailings.
    """
    chosen = list(mailings)
    sent = Delivery.objects.filter(mailing__in=chosen, state=State.SENT).annotate(
        until=F("sent_at") + _span(chosen)
    )
    counted = _by_mailing(sent, n=Count("pk"))
    found = {goal: measure(sent) for goal, measure in MEASURES.items()}
    responses = _responses(chosen)
    bounced = _by_mailing(
        Delivery.objects.filter(mailing__in=chosen, state=State.BOUNCED), n=Count("pk")
    )
    return {
        mailing.pk: Results(
            sent=counted.get(mailing.pk, {}).get("n", 0),
            days=days_of(mailing),
            outcomes=_outcomes(mailing, found),
            bounced=bounced.get(mailing.pk, {}).get("n", 0),
            **responses.get(mailing.pk, NO_RESPONSES),
        )
        for mailing in chosen
    }


def days_of(mailing: Mailing) -> int:
    """How long after the mail something counts for it."""
    return mailing.campaign.goal_days if mailing.campaign else DAYS


def _span(mailings: list[Mailing]) -> Any:
    """The days of each delivery's mailing, as a duration in SQL."""
    by_days: dict[int, list[int]] = defaultdict(list)
    for mailing in mailings:
        by_days[days_of(mailing)].append(mailing.pk)
    whens = [
        When(mailing__in=ids, then=Value(dt.timedelta(days=days)))
        for days, ids in by_days.items()
    ]
    default = Value(dt.timedelta(days=DAYS))
    return Case(*whens, default=default, output_field=DurationField())


def _outcomes(mailing: Mailing, found: dict[str, dict[int, dict]]) -> list[Outcome]:
    """One outcome per kind, the campaign's own goal first."""
    goal = mailing.campaign.goal if mailing.campaign else ""
    outcomes = []
    for name, label in LABELS.items():
        row = found[name].get(mailing.pk, {})
        amount = (row.get("amount") or Decimal(0)) if name == "sales" else None
        outcomes.append(
            Outcome(name, str(label), row.get("n", 0), row.get("people", 0), amount)
        )
    return sorted(outcomes, key=lambda outcome: outcome.goal != goal)


def _by_mailing(
    rows: QuerySet, mailing: str = "mailing", **figures: Any
) -> dict[int, dict[str, Any]]:
    grouped = rows.order_by().values(mailing).annotate(**figures)
    return {row.pop(mailing): row for row in grouped}


def _responses(mailings: list[Mailing]) -> dict[int, dict[str, int]]:
    rows = Response.objects.filter(delivery__mailing__in=mailings)
    return _by_mailing(
        rows.filter(delivery__state=State.SENT),
        "delivery__mailing",
        clicked=_distinct(kind=Response.Kind.CLICK, machine=False),
        clicked_by_machine=_distinct(kind=Response.Kind.CLICK, machine=True),
        unsubscribed=_distinct(kind=Response.Kind.UNSUBSCRIBE),
    )


def _distinct(**conditions: Any) -> Count:
    return Count("delivery", filter=Q(**conditions), distinct=True)


def _did(sent: QuerySet, what: str, **conditions: Any) -> dict[int, dict[str, Any]]:
    """How many rows of the relation *what*, of how many people, by mailing."""
    path = f"contact__{what}"
    rows = sent.filter(**{f"{path}__{name}": at for name, at in conditions.items()})
    return _by_mailing(
        rows, n=Count(path, distinct=True), people=Count("contact", distinct=True)
    )


def _bookings(sent: QuerySet) -> dict[int, dict[str, Any]]:
    return _did(
        sent,
        "bookings",
        created_at__gte=F("sent_at"),
        created_at__lte=F("until"),
        cancelled_at=None,
    )


def _uses(sent: QuerySet) -> dict[int, dict[str, Any]]:
    """A use has a day only: the day of the mail counts, and so does the last one."""
    days = sent.annotate(day=TruncDate("sent_at"), last_day=TruncDate("until"))
    return _did(days, "uses", on__gte=F("day"), on__lte=F("last_day"))


def _sales(sent: QuerySet) -> dict[int, dict[str, Any]]:
    """Net of returns; two mails of one mailing to a merged contact count once."""
    twice = Delivery.objects.filter(
        mailing=OuterRef("mailing"),
        contact=OuterRef("contact"),
        state=State.SENT,
        pk__lt=OuterRef("pk"),
    )
    rows = sent.filter(
        ~Exists(twice),
        contact__purchases__at__gte=F("sent_at"),
        contact__purchases__at__lte=F("until"),
    )
    return _by_mailing(
        rows,
        n=Count("contact__purchases", distinct=True),
        people=Count("contact", distinct=True),
        amount=Sum("contact__purchases__amount"),
    )


def _answers(sent: QuerySet) -> dict[int, dict[str, Any]]:
    return _did(
        sent,
        "inquiries",
        received_at__gte=F("sent_at"),
        received_at__lte=F("until"),
    )


def _forms(sent: QuerySet) -> dict[int, dict[str, Any]]:
    """Only what was taken in as somebody's; a form of any kind."""
    return _did(
        sent,
        "submissions",
        received_at__gte=F("sent_at"),
        received_at__lte=F("until"),
        state__in=Submission.TAKEN,
    )


MEASURES = {
    "booking": _bookings,
    "use": _uses,
    "sales": _sales,
    "answer": _answers,
    "submit": _forms,
}
