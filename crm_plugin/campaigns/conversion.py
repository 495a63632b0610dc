"""Who did what a campaign is for: booked, used, bought, answered, sent a form in time.

What counts, and for how many days after the message was handed over, is what the
results of a campaign count (``results``); a return alone is no purchase. A form is one
of any kind that was taken in, as the condition on forms sent has it.
"""

import datetime as dt
from typing import Any

from django.db.models import DurationField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from crm_plugin.bookings.models import Booking
from crm_plugin.delivery.models import Delivery
from crm_plugin.intake.models import Submission
from crm_plugin.lifecycle.models import Use
from crm_plugin.sales.models import Purchase
from crm_plugin.touchpoints.models import Inquiry

from .models import Campaign

Goal = Campaign.Goal
# When somebody did that; a use has a day only.
COLUMNS: dict[str, str] = {
    Goal.BOOKING: "created_at",
    Goal.SALES: "at",
    Goal.ANSWER: "received_at",
    Goal.SUBMIT: "received_at",
}


def converted(
    sent: QuerySet[Delivery],
    goal: str,
    days: int,
    *,
    until: dt.datetime | None = None,
) -> QuerySet[Delivery]:
    """Those of the *sent* messages whose recipient reached *goal* within *days*.

    With *until*, the end of a past day, what came later had not happened.
    Each message asks an index of what the recipient did; nobody else is looked at.
    """
    span = Value(dt.timedelta(days=days), output_field=DurationField())
    zone = _zone()
    dated = sent.alias(
        crm_until=F("sent_at") + span,
        crm_day=TruncDate("sent_at", tzinfo=zone),
    ).alias(crm_last_day=TruncDate("crm_until", tzinfo=zone))
    return dated.filter(Exists(_by(_acts(goal, until), goal, until)))


def _by(acts: QuerySet[Any], goal: str, until: dt.datetime | None) -> QuerySet[Any]:
    if until is None:
        return acts
    if goal == Goal.USE:
        return acts.filter(on__lte=timezone.localdate(until, _zone()))
    return acts.filter(**{f"{COLUMNS[goal]}__lte": until})


def _zone() -> dt.tzinfo:
    return timezone.get_default_timezone()


def _acts(goal: str, until: dt.datetime | None) -> QuerySet[Any]:
    """What the recipient of a message did in its days."""
    if goal == Goal.USE:
        days = (OuterRef("crm_day"), OuterRef("crm_last_day"))
        return _theirs(Use).filter(on__gte=days[0], on__lte=days[1])
    moments = (OuterRef("sent_at"), OuterRef("crm_until"))
    column = COLUMNS[goal]
    return _of_any_time(goal, until).filter(
        **{f"{column}__gte": moments[0], f"{column}__lte": moments[1]}
    )


def _of_any_time(goal: str, until: dt.datetime | None) -> QuerySet[Any]:
    if goal == Goal.SALES:
        return _theirs(Purchase).filter(amount__gt=0)
    if goal == Goal.ANSWER:
        return _theirs(Inquiry)
    if goal == Goal.SUBMIT:
        return _theirs(Submission).taken_in()
    standing = Q(cancelled_at=None)
    if until is not None:
        standing |= Q(cancelled_at__gt=until)
    return _theirs(Booking).filter(standing)


def _theirs(model: Any) -> Any:
    return model.objects.filter(contact=OuterRef("contact"))
