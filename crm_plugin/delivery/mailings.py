"""The states of a mailing: start, take back, pause, resume, finish; its counts."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from crm_plugin import journal, queue

from .models import Delivery, Mailing

State = Mailing.State
OPEN = (Delivery.State.PENDING, Delivery.State.CLAIMED, Delivery.State.HANDING)
GRACE = dt.timedelta(minutes=60)


def start(mailing: Mailing) -> bool:
    """Every delivery stands in the outbox: wait for the start, then send."""
    moved = _move(mailing, State.PREPARING, to=State.WAITING)
    queue.wake("deliver")
    return moved


def take_back(mailing: Mailing, *, by: Any) -> bool:
    """Stop for good; what has not left yet never will. False when it is over."""
    before = (
        State.PREPARING,
        State.WAITING,
        State.SENDING,
        State.PAUSED,
        State.MISSED,
    )
    with transaction.atomic():
        if not _move(mailing, *before, to=State.CANCELLED, by=by):
            return False
        mailing.deliveries.filter(state=Delivery.State.PENDING).update(
            state=Delivery.State.SKIPPED, reason=Delivery.Reason.CANCELLED
        )
    return True


def pause(mailing: Mailing, *, by: Any = None) -> bool:
    """Hold from the next message on, in every worker."""
    return _move(mailing, State.WAITING, State.SENDING, to=State.PAUSED, by=by)


def resume(mailing: Mailing, *, by: Any = None) -> bool:
    """Go on after a pause; also the confirmation that a missed mailing asks for."""
    moved = _move(mailing, State.PAUSED, State.MISSED, to=State.SENDING, by=by)
    queue.wake("deliver")
    return moved


def retry(mailing: Mailing, *, by: Any) -> int:
    """Try those again that failed, and only those; how many."""
    with transaction.atomic():
        count = mailing.deliveries.filter(state=Delivery.State.FAILED).update(
            state=Delivery.State.PENDING,
            attempts=0,
            not_before=timezone.now(),
            error="",
        )
        if count:
            _move(mailing, State.FINISHED, to=State.SENDING, by=by)
            queue.wake("deliver")
    return count


def counts(mailing: Mailing) -> dict[tuple[str, str], int]:
    """``{(state, reason): n}``, from one index; they sum to the audience."""
    rows = mailing.deliveries.order_by().values_list("state", "reason")
    return {(state, reason): n for state, reason, n in rows.annotate(n=Count("pk"))}


def begin_due() -> None:
    """Open the mailings whose time has come; one that was slept through waits for a
    person's word, so that a restored backup sends nothing old."""
    now = timezone.now()
    waiting = Mailing.objects.filter(state=State.WAITING)
    waiting.filter(starts_at__lte=now - GRACE).update(state=State.MISSED)
    waiting.filter(starts_at__lte=now).update(state=State.SENDING)


def finish_done() -> None:
    """A mailing is finished only when no row of it is open."""
    open_rows = Delivery.objects.filter(mailing=OuterRef("pk"), state__in=OPEN)
    Mailing.objects.filter(~Exists(open_rows), state=State.SENDING).update(
        state=State.FINISHED, finished_at=timezone.now()
    )


def _move(mailing: Mailing, *before: str, to: str, by: Any = None) -> bool:
    """One conditional UPDATE; a person's act is journalled."""
    was = mailing.state
    moved = Mailing.objects.filter(pk=mailing.pk, state__in=before).update(state=to)
    if moved and by is not None:
        change = ("crm_plugin.mailing", mailing.pk, "state", was, to)
        journal.record("mailing", [change], by=by, summary=mailing.name)
    mailing.refresh_from_db(fields=["state"])
    return bool(moved)
