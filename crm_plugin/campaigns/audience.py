"""Who gets a campaign, and why the others do not: queries, never a loop.

The same conditions count the people before a launch and fill the outbox at launch;
those that may change until a message leaves are asked again at hand-over.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from crm_plugin.consents.models import Consent, Preference, Suppression, Topic
from crm_plugin.contacts.models import Contact, ContactPoint
from crm_plugin.delivery import gates
from crm_plugin.delivery.models import Delivery
from crm_plugin.segments.models import Segment, SegmentMembership

CHANNEL = "email"
MOST_HASHED = 20_000
Reason = Delivery.Reason


@dataclass(frozen=True)
class Plan:
    """To whom a campaign goes: plain ids, so that it can be frozen."""

    topic: int
    include: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    campaign: int | None = None

    @classmethod
    def of(cls, campaign: Any) -> "Plan":
        return cls(
            topic=campaign.topic_id,
            include=_ids(campaign.include_segments.all()),
            exclude=_ids(campaign.exclude_segments.all()),
            campaign=campaign.pk,
        )

    @classmethod
    def frozen(cls, mailing: Any) -> "Plan":
        """The plan of a mailing, as it was when it was launched."""
        return cls(
            topic=mailing.topic_id,
            include=tuple(entry["id"] for entry in mailing.audience["include"]),
            exclude=tuple(entry["id"] for entry in mailing.audience["exclude"]),
            campaign=mailing.campaign_id,
        )


@dataclass(frozen=True)
class Forecast:
    """How many would receive the campaign if it left now, and why not the others.

    ``elsewhere``: how many of those who would receive it prefer another channel.
    """

    audience: int
    receive: int
    held: list[tuple[str, int]]
    elsewhere: list[tuple[str, int]]


def _ids(segments: Iterable[Segment]) -> tuple[int, ...]:
    return tuple(sorted(segment.pk for segment in segments))


def members_of(segment_ids: Iterable[int]) -> QuerySet:
    """Contact ids that are in any of these segments now."""
    return SegmentMembership.objects.filter(
        segment_id__in=list(segment_ids), left_at=None
    ).values("contact_id")


def people(plan: Plan) -> QuerySet:
    """The contacts whom the campaign addresses."""
    contacts = Contact.objects.current()
    if plan.include:
        return contacts.filter(pk__in=members_of(plan.include))
    agreed = Consent.objects.filter(
        topic_id=plan.topic, state=Consent.State.GRANTED, point__kind=CHANNEL
    )
    return contacts.filter(pk__in=agreed.values("point__contact_id"))


def leaves_nobody_out(plan: Plan) -> bool:
    """Whether the chosen segments hold everybody: seldom what their author meant.

    Not where none is chosen: that everybody who agreed is meant stands in words.
    Ends at the first contact who is in none of them.
    """
    if not plan.include:
        return False
    stays = SegmentMembership.objects.filter(
        segment_id__in=plan.include, left_at=None, contact_id=OuterRef("pk")
    )
    current = Contact.objects.current().order_by()
    others = current.filter(~Exists(stays))
    return not others.exists() and len(current[:2]) > 1


def addressed(plan: Plan) -> QuerySet:
    """One contact point for each addressed contact that has one.

    The address that agreed to the topic goes first, then the preferred one, then a
    confirmed one, then the oldest. Columns: ``topic_id`` and the reason, if any, for
    which this contact can get nothing, ``barred``.
    """
    best = (
        ContactPoint.objects.filter(kind=CHANNEL, contact=OuterRef("contact_id"))
        .annotate(agreed=Exists(_granted(plan, point="pk")))
        .order_by("-agreed", "-preferred", F("verified_at").asc(nulls_last=True), "pk")
        .values("pk")[:1]
    )
    points = ContactPoint.objects.filter(
        kind=CHANNEL, contact_id__in=people(plan).values("pk"), pk=Subquery(best)
    )
    return points.annotate(
        topic_id=Value(plan.topic, IntegerField()), barred=_barred(plan)
    )


def without_address(plan: Plan) -> QuerySet:
    """Addressed contacts that have no e-mail address at all."""
    mail = ContactPoint.objects.filter(kind=CHANNEL, contact=OuterRef("pk"))
    return people(plan).filter(~Exists(mail))


def _granted(plan: Plan, *, point: str) -> QuerySet:
    return Consent.objects.filter(
        point=OuterRef(point), topic_id=plan.topic, state=Consent.State.GRANTED
    )


def _barred(plan: Plan) -> Case:
    """Reasons that no waiting will change, the first that applies."""
    stays = SegmentMembership.objects.filter(
        contact=OuterRef("contact_id"), left_at=None
    )
    always = Segment.objects.live().filter(excludes_always=True).values("pk")
    excluded = stays.filter(Q(segment_id__in=plan.exclude) | Q(segment_id__in=always))
    whens = [
        When(Exists(excluded), then=Value(Reason.EXCLUDED)),
        When(~Exists(_granted(plan, point="pk")), then=Value(Reason.NO_CONSENT)),
        When(Exists(_received(plan)), then=Value(Reason.SAME_ADDRESS)),
    ]
    return Case(*whens, default=Value(""), output_field=CharField())


def _received(plan: Plan) -> QuerySet:
    """Earlier mailings of the same campaign to the same address: nobody gets two."""
    return Delivery.objects.filter(
        mailing__campaign_id=plan.campaign or 0,
        mailing__isnull=False,
        channel=CHANNEL,
        address_norm=OuterRef("value_norm"),
    ).exclude(state=Delivery.State.SKIPPED)


def forecast(plan: Plan, at: dt.datetime | None = None) -> Forecast:
    """Count, with the very conditions that delivery asks; a fixed number of statements."""
    rows = _held(plan, at or timezone.now())
    stopped = _stopped(rows.filter(held=""), plan)
    counted = {
        row["held"]: (row["people"], row["addresses"])
        for row in rows.order_by()
        .values("held")
        .annotate(people=Count("pk"), addresses=Count("value_norm", distinct=True))
    }
    ready, receive = counted.pop("", (0, 0))
    why = {reason: number for reason, (number, _addresses) in counted.items()}
    why[Reason.SAME_ADDRESS] = why.get(Reason.SAME_ADDRESS, 0) + ready - receive
    why[Reason.SUPPRESSED] = stopped
    receive -= stopped
    why[Reason.NO_ADDRESS] = without_address(plan).count()
    held = [(str(reason), n) for reason in Reason if (n := why.get(reason, 0))]
    total = receive + sum(n for _r, n in held)
    return Forecast(total, receive, held, _elsewhere(rows))


def _elsewhere(rows: QuerySet) -> list[tuple[str, int]]:
    """(channel, people) of those who get it by mail and rather heard by another way.

    They agreed to the topic by mail, and it goes by no other channel.
    """
    ready = rows.filter(held="").order_by().values("contact_id")
    wishes = Preference.objects.filter(contact__in=ready).exclude(
        channel__in=["", CHANNEL]
    )
    counted = wishes.order_by("channel").values_list("channel")
    return list(counted.annotate(people=Count("pk")))


def why_not(plan: Plan, contact: Contact) -> str | None:
    """The reason for which *contact* would get nothing now; "" when there is none.

    ``None``: they are not addressed at all.
    """
    if not people(plan).filter(pk=contact.pk).exists():
        return None
    rows = _held(plan, timezone.now()).filter(contact_id=contact.pk)
    held = rows.values_list("held", flat=True).first()
    if held is None:
        return Reason.NO_ADDRESS
    return held or (Reason.SUPPRESSED if _stopped(rows, plan) else "")


def _held(plan: Plan, at: dt.datetime) -> QuerySet:
    """The addressed points with the first reason that holds each, ``held``."""
    holds = gates.marketing_holds(at, point="id")
    whens = [When(condition, then=Value(reason)) for reason, condition in holds]
    return addressed(plan).annotate(
        held=Case(
            When(~Q(barred=""), then=F("barred")),
            *whens,
            default=Value(""),
            output_field=CharField(),
        )
    )


def _stopped(rows: QuerySet, plan: Plan) -> int:
    """How many of these addresses are suppressed.

    They are known by keyed hash only, so this looks at addresses; above ``MOST_HASHED``
    it is left to the hand-over, which asks anyway.
    """
    if not Suppression.objects.filter(channel=CHANNEL).exists():
        return 0
    norms = set(rows.order_by().values_list("value_norm", flat=True)[: MOST_HASHED + 1])
    if len(norms) > MOST_HASHED:
        return 0
    topic = Topic.objects.get(pk=plan.topic)
    return len(gates.stopped(CHANNEL, norms, gates.marketing_stop(topic.key)))
