"""The way out that stands in every marketing message, and back in after a slip."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.utils import timezone

from crm_plugin.consents import ledger, preferences
from crm_plugin.consents.models import Consent, Preference, Suppression, Topic
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import ContactPoint

from . import gates
from .models import Delivery, Response


@dataclass(frozen=True)
class WayOut:
    """What can be left from one message.

    ``trial``: a test message, nothing to leave; ``gone``: the record or the address
    is erased; ``left``: this topic was left already; ``seldom``: no more than one
    letter a month is wanted.
    """

    topic: Topic | None = None
    trial: bool = False
    gone: bool = False
    left: bool = False
    seldom: bool = False


def way_out(delivery: Delivery | None) -> WayOut:
    """How the recipient of *delivery* stands now."""
    if delivery is None or not delivery.address_norm:
        return WayOut(gone=True)
    if delivery.kind == "test":
        return WayOut(topic=delivery.topic, trial=True)
    points = _points(delivery)
    stopped = gates.stopped(
        delivery.channel, [delivery.address_norm], gates.marketing_stop("")
    )
    asked = Consent.objects.filter(point__in=points, topic=delivery.topic)
    states = set(asked.values_list("state", flat=True))
    left = bool(stopped) or states == {Consent.State.WITHDRAWN}
    gone = not stopped and not points
    monthly = Preference.objects.filter(
        contact__points__in=points[:1], frequency=Preference.Frequency.MONTHLY
    )
    return WayOut(
        topic=delivery.topic,
        left=left,
        gone=gone,
        seldom=monthly.exists(),
    )


def leave(delivery: Delivery, *, everything: bool = False, source: str) -> list[int]:
    """Withdraw the consent to the message's topic, or to all marketing.

    Holds for the address, whoever has it. Doing it twice writes nothing more.
    Returns the topics that were granted before, for ``come_back``.
    """
    if delivery.kind == "test" or not delivery.address_norm:
        return []
    topic = None if everything else delivery.topic
    with transaction.atomic():
        granted = list(_granted(delivery, topic))
        if (point := _points(delivery).first()) is not None:
            ledger.withdraw(point, topic=topic, source=source)
        else:
            ledger.suppress(
                delivery.channel,
                delivery.address_norm,
                reason=Suppression.Reason.UNSUBSCRIBED,
            )
        _respond(delivery)
    return granted


def slow_down(delivery: Delivery) -> None:
    """At most one letter a month, of any topic, to whoever got this message.

    A line of the ledger; doing it twice writes nothing more. The consent stays.
    """
    point = _points(delivery).select_related("contact").first()
    if delivery.kind == "test" or point is None:
        return
    monthly = Preference.Frequency.MONTHLY
    source = "unsubscribe page: less often"
    preferences.choose(point.contact, point=point, source=source, frequency=monthly)


def come_back(delivery: Delivery, topic_ids: list[int]) -> None:
    """ "That was a mistake": the person's own yes, given on the page just shown."""
    point = _points(delivery).first()
    if point is None:
        return
    with transaction.atomic():
        for topic in Topic.objects.filter(pk__in=topic_ids):
            ledger.confirm(point, topic, source="unsubscribe page: undone")
        Response.objects.filter(key=_key(delivery)).delete()


def _points(delivery: Delivery) -> QuerySet[ContactPoint]:
    """Where the address stands; the recipient's own record first."""
    points = ContactPoint.objects.filter(
        kind=delivery.channel, value_norm=delivery.address_norm
    )
    foreign = Case(When(contact=delivery.contact_id, then=0), default=1)
    return points.order_by(foreign, "pk")


def _granted(delivery: Delivery, topic: Topic | None) -> QuerySet:
    rows = Consent.objects.filter(
        point__in=_points(delivery), state=Consent.State.GRANTED
    )
    if topic is not None:
        rows = rows.filter(topic=topic)
    return rows.order_by().values_list("topic_id", flat=True).distinct()


def _key(delivery: Delivery) -> str:
    return f"unsubscribe:{delivery.public_id}"


def _respond(delivery: Delivery) -> None:
    Response.objects.bulk_create(
        [
            Response(
                delivery=delivery,
                kind=Response.Kind.UNSUBSCRIBE,
                at=timezone.now(),
                key=_key(delivery),
            )
        ],
        ignore_conflicts=True,
    )
    if delivery.contact_id:
        changes.note([delivery.contact_id], "responses")
