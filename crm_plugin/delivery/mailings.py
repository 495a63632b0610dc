"""The states of a mailing: start, take back, pause, resume, finish; its counts."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from crm_plugin import journal, queue
from crm_plugin.conf import setting

from .models import Delivery, Mailing

State = Mailing.State
OPEN = (Delivery.State.PENDING, Delivery.State.CLAIMED, Delivery.State.HANDING)
GRACE = dt.timedelta(minutes=60)
# Another launch of the same campaign waits until these are over.
UNDER_WAY = (
    State.PLANNED,
    State.PREPARING,
    State.BROKEN,
    State.WAITING,
    State.SENDING,
    State.PAUSED,
    State.MISSED,
)


def prepare(mailing: Mailing) -> bool:
    """The hour of a planned one has come: its people are chosen. False when its outbox
    is not to be filled."""
    _move(mailing, State.PLANNED, to=State.PREPARING)
    return mailing.state == State.PREPARING


def start(mailing: Mailing) -> bool:
    """Every delivery stands in the outbox: wait for the start, then send."""
    moved = _move(mailing, State.PREPARING, to=State.WAITING)
    queue.wake("deliver")
    return moved


def give_up(mailing_ids: Iterable[int]) -> int:
    """Preparing these did not work: they wait for a person's word; how many."""
    rows = Mailing.objects.filter(pk__in=list(mailing_ids), state=State.PREPARING)
    return rows.update(state=State.BROKEN)


def take_back(mailing: Mailing, *, by: Any) -> bool:
    """Stop for good; what has not left yet never will. False when it is over."""
    with transaction.atomic():
        if not _move(mailing, *UNDER_WAY, to=State.CANCELLED, by=by):
            return False
        _skip_the_rest(mailing.deliveries.filter(state=Delivery.State.PENDING))
    return True


def _skip_the_rest(pending: Any) -> None:
    pending.update(state=Delivery.State.SKIPPED, reason=Delivery.Reason.CANCELLED)


def pause(mailing: Mailing, *, by: Any = None) -> bool:
    """Hold from the next message on, in every worker."""
    return _move(mailing, State.WAITING, State.SENDING, to=State.PAUSED, by=by)


def resume(mailing: Mailing, *, by: Any = None) -> bool:
    """Go on after a pause; before its time it waits for that again."""
    early = mailing.starts_at > timezone.now()
    to = State.WAITING if early else State.SENDING
    moved = _move(mailing, State.PAUSED, to=to, by=by)
    queue.wake("deliver")
    return moved


def confirm(mailing: Mailing, *, by: Any) -> bool:
    """The word that a missed mailing waits for: it starts after the usual grace."""
    moved = _move(
        mailing, State.MISSED, to=State.WAITING, by=by, starts_at=after_grace()
    )
    queue.wake("deliver")
    return moved


def open_anew(mailing: Mailing, *, by: Any) -> bool:
    """Prepare a broken one again; its start moves so that it can be taken back."""
    starts_at = max(mailing.starts_at, after_grace())
    return _move(mailing, State.BROKEN, to=State.PREPARING, by=by, starts_at=starts_at)


def after_grace() -> dt.datetime:
    """The earliest start: until then whoever launched it can take it back."""
    return timezone.now() + dt.timedelta(seconds=setting("CRM_LAUNCH_GRACE_SECONDS"))


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
            _move(mailing, State.FINISHED, to=State.SENDING, by=by, finished_at=None)
            queue.wake("deliver")
    return count


def go_on(mailing_ids: Iterable[int]) -> None:
    """Some rows of these wait again: those that were finished are sending again."""
    rows = Mailing.objects.filter(pk__in=list(mailing_ids), state=State.FINISHED)
    rows.update(state=State.SENDING, finished_at=None)


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
    """A mailing is finished only when no row of it is open.

    What a worker gave back after its mailing was taken back is skipped like the rest.
    """
    if ids := _given_back():
        pending = Delivery.objects.filter(state=Delivery.State.PENDING)
        _skip_the_rest(pending.filter(mailing__in=ids))
    open_rows = Delivery.objects.filter(mailing=OuterRef("pk"), state__in=OPEN)
    Mailing.objects.filter(~Exists(open_rows), state=State.SENDING).update(
        state=State.FINISHED, finished_at=timezone.now()
    )


def _given_back() -> list[int]:
    """Mailings that were taken back and have rows waiting all the same."""
    waiting = Delivery.objects.filter(
        mailing=OuterRef("pk"), state=Delivery.State.PENDING
    )
    rows = Mailing.objects.filter(Exists(waiting), state=State.CANCELLED)
    return list(rows.values_list("pk", flat=True))


def _move(
    mailing: Mailing, *before: str, to: str, by: Any = None, **values: Any
) -> bool:
    """One conditional UPDATE; a person's act is journalled."""
    was = mailing.state
    moved = Mailing.objects.filter(pk=mailing.pk, state__in=before).update(
        state=to, **values
    )
    if moved and by is not None:
        change = ("crm_plugin.mailing", mailing.pk, "state", was, to)
        journal.record("mailing", [change], by=by, summary=mailing.name)
    mailing.refresh_from_db(fields=["state", *values])
    return bool(moved)
