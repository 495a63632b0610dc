"""Write the ledger of consent, and the current state with it.

Every verb appends events and moves ``Consent`` by the rule of ``states.after``, in one
transaction. Addresses stand in the ledger as keyed hashes only; a withdrawal holds for
the address, on whichever contacts it stands.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import ContactPoint

from .models import Consent, ConsentEvent, Suppression, Topic
from .refusals import refused
from .states import Standing
from .wordings import wording_for
from .writing import ASPECT, write

__all__ = [
    "ask",
    "ask_all",
    "attest",
    "confirm",
    "expire_unconfirmed",
    "retract",
    "suppress",
    "take_back",
    "withdraw",
    "wording_for",
]
MARKETING = "marketing"
Action = ConsentEvent.Action
PORTION = 5_000
UNSUBSCRIBED = Suppression.Reason.UNSUBSCRIBED
# What a newer yes of the person lifts; what staff set stays until staff lift it.
LIFTED_BY_YES = [UNSUBSCRIBED, Suppression.Reason.COMPLAINED]


def ask(
    point: ContactPoint,
    topic: Topic,
    *,
    wording: Any,
    page: int | None = None,
    revision: int | None = None,
    source: str = "",
    ip: str = "",
    agent_hash: str = "",
    evidence: dict[str, Any] | None = None,
) -> Standing:
    """Somebody ticked *topic* for this address: it waits for the person's own yes.

    *wording* is a ``Wording`` or its id; *ip* a truncated network. A consent that was
    granted stays so; a refusal stays one until it is confirmed.
    """
    rows = ask_all(
        point,
        [(topic, wording)],
        page=page,
        revision=revision,
        source=source,
        ip=ip,
        agent_hash=agent_hash,
        evidence=evidence,
    )
    return rows[topic.pk]


def ask_all(
    point: ContactPoint,
    asked: Iterable[tuple[Topic, Any]],
    *,
    page: int | None = None,
    revision: int | None = None,
    source: str = "",
    ip: str = "",
    agent_hash: str = "",
    evidence: dict[str, Any] | None = None,
) -> dict[int, Standing]:
    """``ask`` for several topics with their wordings, as one; by the topics' ids."""
    wordings = {topic: _id(wording) for topic, wording in asked}
    with transaction.atomic(savepoint=False):
        rows = write(
            Action.ASK,
            [(point, topic) for topic in wordings],
            wordings={topic.pk: wording for topic, wording in wordings.items()},
            page=page,
            revision=revision,
            source=source,
            ip_truncated=ip,
            agent_hash=agent_hash,
            evidence=evidence or {},
        )
    return {topic.pk: rows[point.pk, topic.pk] for topic in wordings}


def confirm(
    point: ContactPoint,
    topic: Topic,
    *,
    wording: Any = None,
    page: int | None = None,
    revision: int | None = None,
    source: str = "",
    ip: str = "",
    agent_hash: str = "",
    actor: str = "",
    evidence: dict[str, Any] | None = None,
) -> Standing:
    """The person said yes from that very address: granted, and newer than any stop.

    Lifts an earlier "unsubscribe from everything" of the address; other topics stay
    as they were then withdrawn.
    """
    with transaction.atomic():
        rows = write(
            Action.CONFIRM,
            [(point, topic)],
            basis="opt_in",
            wording=_id(wording),
            page=page,
            revision=revision,
            source=source,
            ip_truncated=ip,
            agent_hash=agent_hash,
            actor=actor,
            evidence=evidence or {},
        )
        Suppression.objects.filter(
            channel=point.kind,
            address_hash__in=signing.address_hashes(point.kind, point.value_norm),
            scope=MARKETING,
            reason__in=LIFTED_BY_YES,
        ).delete()
    return rows[point.pk, topic.pk]


def withdraw(
    point: ContactPoint,
    *,
    topic: Topic | None = None,
    source: str,
    actor: str = "",
    basis: str = "",
) -> None:
    """No more of *topic* to this address; without a topic, no marketing at all.

    Holds on every contact that has the address. "Everything" also sets a suppression,
    which outlives the contact and every import. Saying it twice writes it once, except
    where a merge had said it for the person: its undo would take that back.
    """
    with transaction.atomic():
        consents = Consent.objects.filter(point=OuterRef("pk"))
        targets = ContactPoint.objects.filter(
            kind=point.kind, value_norm=point.value_norm
        )
        if topic is not None:
            refused = consents.filter(topic=topic, state=Consent.State.WITHDRAWN)
            if not _merged(point, topic):
                targets = targets.filter(~Exists(refused))
        elif not suppress(point.kind, point.value_norm, reason=UNSUBSCRIBED):
            standing = consents.exclude(state=Consent.State.WITHDRAWN)
            targets = targets.filter(Exists(standing))
        write(
            Action.WITHDRAW,
            [(each, topic) for each in targets],
            source=source,
            actor=actor,
            basis=basis,
        )


def attest(
    point_ids: Iterable[int], topic: Topic, *, basis: str, note: str, by: Any
) -> int:
    """State on what *basis* these addresses may be written to; how many now may.

    Set-based. Whoever refused stays refused: by an address-wide stop, or in the ledger,
    which knows the address also after its record was deleted and came back.
    """
    with transaction.atomic():
        points = ContactPoint.objects.in_bulk(list(point_ids)).values()
        hashes = {
            digest: (point.kind, point.value_norm)
            for point in points
            for digest in signing.address_hashes(point.kind, point.value_norm)
        }
        stops = Suppression.objects.filter(
            scope=MARKETING, address_hash__in=list(hashes)
        )
        stopped = {
            hashes[each] for each in stops.values_list("address_hash", flat=True)
        }
        stopped |= refused(hashes, topic)
        free = [p for p in points if (p.kind, p.value_norm) not in stopped]
        rows = write(
            Action.ATTEST,
            [(point, topic) for point in free],
            basis=basis,
            source="import",
            actor=_actor(by),
            evidence={"note": note} if note else {},
        )
    return sum(standing.state == Consent.State.GRANTED for standing in rows.values())


def retract(point_ids: Iterable[int], topic: Topic, *, basis: str, by: Any) -> int:
    """Take back a *basis* that was stated for these addresses; how many lost consent.

    What the person said since, yes or no, stays. Set-based; for an import undone.
    """
    with transaction.atomic():
        points = ContactPoint.objects.in_bulk(list(point_ids)).values()
        rows = write(
            Action.EXPIRE,
            [(point, topic) for point in points],
            basis=basis,
            source="import undone",
            actor=_actor(by),
        )
    return len(points) - len(rows)


def suppress(
    channel: str, address_norm: str, *, reason: str, scope: str = MARKETING
) -> bool:
    """A hard stop on an address; false where one stood, with its date and reason."""
    digest, *earlier = signing.address_hashes(channel, address_norm)
    stands = Suppression.objects.filter(channel=channel, scope=scope)
    if earlier and stands.filter(address_hash__in=earlier).exists():
        return False
    _row, created = stands.get_or_create(
        channel=channel,
        address_hash=digest,
        scope=scope,
        defaults={"reason": reason, "at": timezone.now()},
    )
    if created:
        holders = ContactPoint.objects.filter(kind=channel, value_norm=address_norm)
        changes.note(holders.values_list("contact_id", flat=True), ASPECT)
    return created


def take_back(point: ContactPoint, topic: Topic, *, source: str) -> None:
    """What was asked for at *point* was not asked by this person: it waits no more."""
    with transaction.atomic():
        write(Action.EXPIRE, [(point, topic)], source=source)


def expire_unconfirmed() -> int:
    """Forget what was asked for and not confirmed within ``CRM_CONFIRM_DAYS``."""
    limit = timezone.now() - timedelta(days=setting("CRM_CONFIRM_DAYS") + 1)
    waiting = Consent.objects.filter(state=Consent.State.PENDING, at__lt=limit)
    rows = list(waiting.select_related("point", "topic")[:PORTION])
    with transaction.atomic():
        write(Action.EXPIRE, [(r.point, r.topic) for r in rows], source="expiry")
    return len(rows)


def _merged(point: ContactPoint, topic: Topic) -> bool:
    """Whether the last word on *topic* at this address is a merge's."""
    said = ConsentEvent.objects.filter(
        address_hash__in=signing.address_hashes(point.kind, point.value_norm),
        topic__in=["", topic.key],
    ).exclude(action=Action.PREFER)
    last = said.order_by("-id").values_list("action", flat=True).first()
    return last == Action.MERGE


def _id(wording: Any) -> int | None:
    return getattr(wording, "pk", wording)


def _actor(by: Any) -> str:
    return f"user {by.pk}" if by is not None and by.pk else ""
