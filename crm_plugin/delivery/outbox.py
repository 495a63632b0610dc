"""The outbox's states: claim, take, record, recover. Every step is one UPDATE that
names the state it expects, so that a late worker changes nothing.

``pending → claimed → handing → sent | pending (later) | failed | bounced | uncertain``
and ``claimed → skipped`` when a gate closed.
"""

import datetime as dt
import random
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.consents.models import Suppression, Topic
from crm_plugin.contacts.models import Contact

from . import gates, messages
from .models import Delivery, Mailing, Sender
from .prepared import Slot, Statement, slot

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
    rows = Delivery.objects.filter(
        pk__in=ids, lease_token=token, state=State.CLAIMED
    ).order_by(F("mailing_id").asc(nulls_first=True), "id")
    return _with_relations(list(rows))


def _with_relations(rows: list[Delivery]) -> list[Delivery]:
    """Topic and sender of all rows: a few objects for a hundred rows."""
    topics = Topic.objects.in_bulk({row.topic_id for row in rows} - {None})
    senders = Sender.objects.select_related("site").in_bulk(
        {row.sender_id for row in rows} - {None}
    )
    for row in rows:
        row.topic = topics.get(row.topic_id)
        row.sender = senders.get(row.sender_id)
    return rows


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


def _stopped(batch: Sequence[Delivery]) -> set[int]:
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


class Writer:
    """The two writes of every message, each compiled once per slice."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.takes: dict[tuple[str, str | None], Statement] = {}
        self.sends: Statement | None = None

    def take(self, row: Delivery) -> bool:
        """``handing``, if the row is still ours and every gate is open right now."""
        key = (row.channel, row.topic.key if row.topic else None)
        if key not in self.takes:
            self.takes[key] = self._take(*key)
        now = timezone.now()
        values = {
            "id": row.pk,
            "lease_token": row.lease_token,
            "now": now,
            "lease_until": now + lease(),
            "message_id": row.message_id,
            "values": row.values,
            **self._hashes(row.channel, row.address_norm),
        }
        if row.topic_id and row.contact_id and setting("CRM_FREQUENCY_CAP"):
            return self._one_at_a_time(row, self.takes[key], values)
        return bool(self.takes[key].run(**values))

    @staticmethod
    def _hashes(channel: str, address_norm: str) -> dict[str, str]:
        """The values of the slots: one for each key that we know."""
        found = signing.address_hashes(channel, address_norm)
        return {f"hash{number}": digest for number, digest in enumerate(found)}

    def _take(self, channel: str, topic: str | None) -> Statement:
        field = Suppression._meta.get_field("address_hash")
        known = [Slot(name, field) for name in self._hashes(channel, "")]
        gates_open = gates.passes(self.now, channel=channel, topic=topic, hashes=known)
        moment = slot(Delivery, "handed_at", "now")
        rows = Delivery.objects.filter(
            pk=slot(Delivery, "id"),
            state=State.CLAIMED,
            lease_token=slot(Delivery, "lease_token"),
            lease_until__gt=moment,
        )
        return Statement(
            rows.filter(gates_open),
            state=State.HANDING,
            handed_at=moment,
            lease_until=slot(Delivery, "lease_until"),
            attempts=F("attempts") + 1,
            message_id=slot(Delivery, "message_id"),
            values=slot(Delivery, "values"),
        )

    def _one_at_a_time(
        self, row: Delivery, statement: Statement, values: dict[str, Any]
    ) -> bool:
        """Two mailings to one person wait for each other, so that the cap holds."""
        with transaction.atomic():
            people = Contact.objects.select_for_update().filter(pk=row.contact_id or 0)
            list(people.values_list("pk"))
            return bool(statement.run(**values))

    def sent(self, row: Delivery) -> bool:
        """The common end; every other end goes through ``record``."""
        if self.sends is None:
            self.sends = Statement(
                _mine(slot(Delivery, "id"), slot(Delivery, "fence")),
                state=State.SENT,
                sent_at=slot(Delivery, "sent_at"),
                error="",
                **FREE,
            )
        return bool(self.sends.run(id=row.pk, fence=row.fence, sent_at=timezone.now()))


def take(row: Delivery) -> bool:
    """``Writer.take`` for a single row."""
    return Writer().take(row)


def settle_refused(rows: list[Delivery]) -> None:
    """A gate was closed at hand-over: say which, or give the row back.

    A few statements, however many rows were refused.
    """
    if not rows:
        return
    mine = Delivery.objects.filter(lease_token=rows[0].lease_token, state=State.CLAIMED)
    fresh = list(
        mine.filter(pk__in=[row.pk for row in rows])
        .select_related("topic", "mailing")
        .annotate(hold=gates.reason_now(timezone.now()))
    )
    stopped = _stopped(fresh)
    held: dict[str, list[int]] = defaultdict(list)
    for row in fresh:
        held[_reason(row, row.pk in stopped)].append(row.pk)
    for reason, ids in held.items():
        state = State.SKIPPED if reason else State.PENDING
        mine.filter(pk__in=ids).update(state=state, reason=reason, **FREE)


def _reason(row: Any, stopped: bool) -> str:
    """Why *row* may not leave; empty when only its mailing rests."""
    if row.mailing and row.mailing.state == Mailing.State.CANCELLED:
        return Delivery.Reason.CANCELLED
    return Delivery.Reason.SUPPRESSED if stopped else row.hold


def record(row: Delivery, outcome: Outcome) -> bool:
    """Write how the hand-over ended; false when the row is another worker's by now."""
    values: dict[str, Any] = {"error": outcome.error[:300], **FREE}
    if outcome.again:
        values |= _again(row, outcome.state)
    else:
        values["state"] = outcome.state
    if values["state"] == State.SENT:
        values["sent_at"] = timezone.now()
    return bool(_mine(row.pk, row.fence).update(**values))


def _mine(pk: Any, fence: Any) -> QuerySet[Delivery]:
    """The row if nobody claimed it since.

    A worker that slept past its lease still knows better than ``uncertain``.
    """
    known = (State.CLAIMED, State.HANDING, State.UNCERTAIN)
    return Delivery.objects.filter(pk=pk, fence=fence, state__in=known)


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


def take_back(pk: int) -> bool:
    """Keep a message from leaving; false when it left, or is leaving right now.

    A worker that had claimed it finds its claim gone.
    """
    waiting = Delivery.objects.filter(pk=pk, state__in=(State.PENDING, State.CLAIMED))
    reason = Delivery.Reason.CANCELLED
    return bool(waiting.update(state=State.SKIPPED, reason=reason, **FREE))


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
