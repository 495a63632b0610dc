"""Who did what a campaign is for: booked, used, bought or answered in time.

What counts, and for how many days after the message was handed over, is what the
results of a campaign count (``results``); a return alone is no purchase.
"""

import datetime as dt
from typing import Any

from django.db.models import DurationField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from crm_plugin.bookings.models import Booking
from crm_plugin.delivery.models import Delivery
from crm_plugin.lifecycle.models import Use
from crm_plugin.sales.models import Purchase
from crm_plugin.touchpoints.models import Inquiry

from .models import Campaign

Goal = Campaign.Goal


def converted(sent: QuerySet[Delivery], goal: str, days: int) -> QuerySet[Delivery]:
    """Those of the *sent* messages whose recipient reached *goal* within *days*.

    Each message asks an index of what the recipient did; nobody else is looked at.
    """
    span = Value(dt.timedelta(days=days), output_field=DurationField())
    zone = timezone.get_default_timezone()
    dated = sent.alias(
        crm_until=F("sent_at") + span,
        crm_day=TruncDate("sent_at", tzinfo=zone),
    ).alias(crm_last_day=TruncDate("crm_until", tzinfo=zone))
    return dated.filter(Exists(_acts(goal)))


def _acts(goal: str) -> QuerySet[Any]:
    """What the recipient of a message did in its days."""
    if goal == Goal.USE:
        days = (OuterRef("crm_day"), OuterRef("crm_last_day"))
        return _theirs(Use).filter(on__gte=days[0], on__lte=days[1])
    moments = (OuterRef("sent_at"), OuterRef("crm_until"))
    if goal == Goal.SALES:
        bought = _theirs(Purchase).filter(amount__gt=0)
        return bought.filter(at__gte=moments[0], at__lte=moments[1])
    if goal == Goal.ANSWER:
        asked = _theirs(Inquiry)
        return asked.filter(received_at__gte=moments[0], received_at__lte=moments[1])
    booked = _theirs(Booking).filter(cancelled_at=None)
    return booked.filter(created_at__gte=moments[0], created_at__lte=moments[1])


def _theirs(model: Any) -> QuerySet[Any]:
    return model.objects.filter(contact=OuterRef("contact"))
