"""Everything that may hold a message back, as SQL, asked at the moment of hand-over.

One list of conditions serves the hand-over (inside its UPDATE), the reason shown for
a held row, and the count of a campaign's audience before it is launched.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.consents.models import Consent, Preference, Suppression, Topic
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.touchpoints.models import Inquiry

from .models import Delivery, Mailing

Reason = Delivery.Reason
Hold = tuple[str, Q]
CAP_DAYS = 7
# A day less than they asked for, so that a weekly letter may leave an hour early.
SPACING = {Preference.Frequency.WEEKLY: 6, Preference.Frequency.MONTHLY: 27}
OUT = (Delivery.State.HANDING, Delivery.State.SENT, Delivery.State.UNCERTAIN)


def marketing_holds(
    now: dt.datetime,
    *,
    contact: str = "contact_id",
    point: str = "point_id",
    topic: str = "topic_id",
) -> list[Hold]:
    """What holds a marketing message, first reason first; suppression is not in it.

    ``contact``, ``point`` and ``topic`` name the columns of the queryset asked.
    """
    today = timezone.localdate(now)
    person = Contact.objects.filter(pk=OuterRef(contact), archived_at=None)
    granted = Consent.objects.filter(
        point=OuterRef(point), topic=OuterRef(topic), state=Consent.State.GRANTED
    )
    pause = Preference.objects.filter(
        contact=OuterRef(contact), paused_until__gte=today
    )
    waiting = Inquiry.objects.open().filter(contact=OuterRef(contact))
    return [
        (Reason.ERASED, Q(~Exists(person))),
        (Reason.NO_ADDRESS, Q(**{f"{point}__isnull": True})),
        (Reason.NO_CONSENT, Q(~Exists(granted))),
        (Reason.PAUSED, Q(Exists(pause))),
        (Reason.OPEN_INQUIRY, Q(Exists(waiting))),
        (Reason.DIGEST, _more_than_they_asked_for(now, contact)),
        *_cap(now, contact),
    ]


def _sent(contact: str) -> QuerySet[Delivery]:
    """Campaign messages that went to the contact."""
    return Delivery.objects.filter(
        contact=OuterRef(contact), topic__isnull=False, state__in=OUT
    ).order_by()


def _more_than_they_asked_for(now: dt.datetime, contact: str) -> Q:
    """They want one letter a week or month, and had it: the rest is for a digest."""
    enough = Q()
    for frequency, days in SPACING.items():
        wish = Preference.objects.filter(contact=OuterRef(contact), frequency=frequency)
        since = now - dt.timedelta(days=days)
        lately = _sent(contact).filter(handed_at__gt=since)
        enough |= Q(Exists(wish)) & Q(Exists(lately))
    return enough


def _cap(now: dt.datetime, contact: str) -> list[Hold]:
    """Our own limit in seven days, if there is one."""
    cap = setting("CRM_FREQUENCY_CAP")
    if not cap:
        return []
    since = now - dt.timedelta(days=CAP_DAYS)
    week = _sent(contact).filter(handed_at__gt=since)
    return [(Reason.CAP, Q(Exists(week[cap - 1 : cap])))]


def marketing_stop(topic: str) -> Q:
    """Suppressions that hold marketing on the topic called *topic*."""
    scopes = ["marketing", "all", f"topic:{topic}"]
    return Q(scope__in=scopes) | Q(reason=Suppression.Reason.BOUNCED)


SERVICE_STOP = Q(reason=Suppression.Reason.BOUNCED)


def stops(channel: str, known: Sequence[Any], stop: Q) -> Q:
    """Whether the address with one of the hashes *known* is suppressed, as a
    condition."""
    rows = Suppression.objects.filter(stop, channel=channel)
    return Q(Exists(rows.filter(address_hash__in=known)))


def stopped(channel: str, address_norms: Iterable[str], stop: Q) -> set[str]:
    """Which of these addresses are suppressed. One query per 5,000 addresses."""
    hashes = signing.by_address_hash(channel, address_norms)
    keys, found = list(hashes), set()
    for start in range(0, len(keys), 5_000):
        rows = Suppression.objects.filter(
            stop, channel=channel, address_hash__in=keys[start : start + 5_000]
        )
        found |= {hashes[key] for key in rows.values_list("address_hash", flat=True)}
    return found


def open_mailing() -> Q:
    """The delivery belongs to no mailing, or to one that is sending now."""
    sending = Mailing.objects.filter(
        pk=OuterRef("mailing_id"), state=Mailing.State.SENDING
    )
    return Q(mailing__isnull=True) | Q(Exists(sending))


def passes(
    now: dt.datetime, *, channel: str, topic: str | None, hashes: Sequence[Any]
) -> Q:
    """All gates of a delivery at once; *topic* is a key, ``None`` for service mail.

    *hashes* are those of its address (``signing.address_hashes``), or expressions.
    """
    if topic is None:
        return ~stops(channel, hashes, SERVICE_STOP)
    condition = open_mailing() & ~stops(channel, hashes, marketing_stop(topic))
    for _reason, hold in marketing_holds(now):
        condition &= ~hold
    return condition


def reason_now(now: dt.datetime) -> Case:
    """The first reason that holds a marketing delivery; empty when none does."""
    whens = [
        When(hold, then=Value(str(reason))) for reason, hold in marketing_holds(now)
    ]
    service = When(topic__isnull=True, then=Value(""))
    return Case(service, *whens, default=Value(""), output_field=CharField())


def hold_for(point: ContactPoint, topic: Topic) -> str:
    """The first reason that would hold marketing on *topic* to *point* now, or ""."""
    if stopped(point.kind, [point.value_norm], marketing_stop(topic.key)):
        return Reason.SUPPRESSED
    holds = marketing_holds(timezone.now(), point="id")
    whens = [When(hold, then=Value(str(reason))) for reason, hold in holds]
    rows = ContactPoint.objects.filter(pk=point.pk)
    rows = rows.annotate(topic_id=Value(topic.pk, IntegerField()))
    held = Case(*whens, default=Value(""), output_field=CharField())
    found = rows.annotate(held=held).values_list("held", flat=True).first()
    return Reason.NO_ADDRESS if found is None else found
