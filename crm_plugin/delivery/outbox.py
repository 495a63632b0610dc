"""The outbox's states: claim, take, record, recover. Every step is one UPDATE that
names the state it expects, so that a late worker changes nothing.

``pending → claimed → handing → sent | pending (later) | failed | bounced | uncertain``
and ``claimed → skipped`` when a gate closed.
"""

import datetime as dt
import random
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin.conf import setting
from crm_plugin.contacts.models import Contact

from . import gates, messages
from .models import Delivery, Mailing

State = Delivery.State
BACK_OFF = [dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 360)]
FREE = {"lease_until": None, "lease_token": ""}


@dataclass(frozen=True)
class Outcome:
    """How a hand-over ended; ``again`` asks for another try later."""

    state: str
    error: str = ""
    again: bool = False


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=setting("CRM_WORK_LEASE_SECONDS"))


def claim(limit: int) -> list[Delivery]:
    """Take up to *limit* due rows for this worker: single messages first.

    Two workers never get the same row: PostgreSQL skips rows that another one holds,
    SQLite lets one writer in at a time, and the UPDATE asks for the state again.
    """
    token, now = secrets.token_hex(16), timezone.now()
    with transaction.atomic():
        ids = _due(now, limit)
        if not ids:
            return []
        Delivery.objects.filter(pk__in=ids, state=State.PENDING).update(
            state=State.CLAIMED,
            lease_token=token,
            lease_until=now + lease(),
            fence=F("fence") + 1,
        )
    return list(
        Delivery.objects.filter(pk__in=ids, lease_token=token, state=State.CLAIMED)
        .select_related("topic", "sender__site", "mailing")
        .annotate(hold=gates.reason_now(now))
        .order_by(F("mailing_id").asc(nulls_first=True), "id")
    )


def _due(now: dt.datetime, limit: int) -> list[int]:
    sending = Mailing.objects.filter(state=Mailing.State.SENDING).order_by("id")
    ids: list[int] = []
    mailings: list[Any] = [None, *sending.values_list("pk", flat=True)]
    for mailing_id in mailings:
        rows = Delivery.objects.select_for_update(skip_locked=True).filter(
            mailing_id=mailing_id, state=State.PENDING, not_before__lte=now
        )
        due = rows.order_by("not_before", "id").values_list("pk", flat=True)
        ids += due[: limit - len(ids)]
        if len(ids) >= limit:
            break
    return ids


def hold_back(batch: Iterable[Delivery]) -> list[Delivery]:
    """Skip the rows that a gate holds already; return those that may be tried."""
    batch = list(batch)
    stopped = _stopped(batch)
    held: dict[str, list[int]] = defaultdict(list)
    rest = []
    for row in batch:
        reason = Delivery.Reason.SUPPRESSED if row.pk in stopped else row.hold  # type: ignore[attr-defined]
        if reason:
            held[reason].append(row.pk)
        else:
            rest.append(row)
    for reason, ids in held.items():
        rows = Delivery.objects.filter(pk__in=ids, state=State.CLAIMED)
        rows.filter(lease_token=batch[0].lease_token).update(
            state=State.SKIPPED, reason=reason, **FREE
        )
    return rest


def _stopped(batch: list[Delivery]) -> set[int]:
    """The rows whose address is suppressed: one query per topic in the batch."""
    groups: dict[tuple[str, str | None], list[Delivery]] = defaultdict(list)
    for row in batch:
        groups[row.channel, row.topic.key if row.topic else None].append(row)
    found: set[int] = set()
    for (channel, topic), rows in groups.items():
        stop = gates.SERVICE_STOP if topic is None else gates.marketing_stop(topic)
        norms = gates.stopped(channel, {row.address_norm for row in rows}, stop)
        found |= {row.pk for row in rows if row.address_norm in norms}
    return found


def take(row: Delivery) -> bool:
    """``handing``, if the row is still ours and every gate is open at this moment."""
    now = timezone.now()
    topic = row.topic.key if row.topic else ""
    with transaction.atomic():
        if row.topic_id and row.contact_id and setting("CRM_FREQUENCY_CAP"):
            # Two mailings to one person wait for each other, so that the cap holds.
            list(Contact.objects.select_for_update().filter(pk=row.contact_id))
        taken = (
            Delivery.objects.filter(
                pk=row.pk,
                state=State.CLAIMED,
                lease_token=row.lease_token,
                lease_until__gt=now,
            )
            .filter(gates.passes(row, topic, now))
            .update(
                state=State.HANDING,
                handed_at=now,
                lease_until=now + lease(),
                attempts=F("attempts") + 1,
                message_id=row.message_id,
                values=row.values,
            )
        )
    return bool(taken)


def settle_refused(row: Delivery) -> None:
    """A gate closed between claim and hand-over: say which, or give the row back."""
    now = timezone.now()
    mine = Delivery.objects.filter(
        pk=row.pk, lease_token=row.lease_token, state=State.CLAIMED
    )
    fresh = (
        mine.select_related("topic", "mailing")
        .annotate(hold=gates.reason_now(now))
        .first()
    )
    if fresh is None:
        return
    reason = fresh.hold
    if fresh.pk in _stopped([fresh]):
        reason = Delivery.Reason.SUPPRESSED
    elif fresh.mailing and fresh.mailing.state == Mailing.State.CANCELLED:
        reason = Delivery.Reason.CANCELLED
    if reason:
        mine.update(state=State.SKIPPED, reason=reason, **FREE)
    else:
        mine.update(state=State.PENDING, **FREE)


def record(row: Delivery, outcome: Outcome) -> bool:
    """Write how the hand-over ended; false when the row is another worker's by now.

    A worker that slept past its lease still knows better than ``uncertain``.
    """
    values: dict[str, Any] = {"error": outcome.error[:300], **FREE}
    if outcome.again:
        values |= _again(row, outcome.state)
    else:
        values["state"] = outcome.state
    if values["state"] == State.SENT:
        values["sent_at"] = timezone.now()
    written = Delivery.objects.filter(
        pk=row.pk,
        fence=row.fence,
        state__in=(State.CLAIMED, State.HANDING, State.UNCERTAIN),
    ).update(**values)
    return bool(written)


def _again(row: Delivery, otherwise: str) -> dict[str, Any]:
    """Later, while there are tries left; else *otherwise*."""
    if row.attempts >= len(BACK_OFF):
        return {"state": otherwise}
    wait = BACK_OFF[row.attempts] * random.uniform(1, 1.1)  # noqa: S311
    return {"state": State.PENDING, "not_before": timezone.now() + wait}


def release(rows: Iterable[Delivery], *, error: str = "") -> None:
    """Give back rows that were not tried."""
    rows = list(rows)
    if not rows:
        return
    values: dict[str, Any] = {"state": State.PENDING, **FREE}
    if error:
        values["error"] = error[:300]
    Delivery.objects.filter(
        pk__in=[row.pk for row in rows],
        lease_token=rows[0].lease_token,
        state=State.CLAIMED,
    ).update(**values)


def recover() -> None:
    """What a worker that died left behind.

    Claimed rows were never handed over and wait again. Rows in ``handing`` are
    uncertain: shown and counted, and tried again only if their kind bears a double.
    """
    expired = Delivery.objects.filter(lease_until__lt=timezone.now())
    expired.filter(state=State.CLAIMED).update(state=State.PENDING, **FREE)
    twice = [name for name in messages.kinds() if messages.may_double(name)]
    lost = expired.filter(state=State.HANDING)
    lost.filter(
        mailing=None, topic=None, kind__in=twice, attempts__lt=len(BACK_OFF)
    ).update(state=State.PENDING, **FREE)
    lost.update(state=State.UNCERTAIN, lease_until=None)
