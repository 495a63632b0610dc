"""Chores and slices of work: registered by the rooms, run by any worker."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from crm_plugin.conf import setting

from .mistakes import place_of, trace_of
from .models import Heartbeat, LostLease, Work

logger = logging.getLogger(__name__)

Slice = Callable[[Work, float], bool]


@dataclass(frozen=True)
class Chore:
    """A recurring function that does one bounded portion and says if more is left."""

    name: str
    every: int
    run: Callable[[], bool | None]


_chores: dict[str, Chore] = {}
_handlers: dict[str, Slice] = {}


def chore(
    name: str, *, every: int
) -> Callable[[Callable[[], bool | None]], Callable[[], bool | None]]:
    """Register a recurring function: run on ``wake(name)`` and every so many seconds.

    It returns true while there is more to do, and must be safe to run twice.
    """

    def register(function: Callable[[], bool | None]) -> Callable[[], bool | None]:
        _chores[name] = Chore(name, every, function)
        return function

    return register


def handler(kind: str) -> Callable[[Slice], Slice]:
    """Register how work of *kind* is done: ``fn(work, until) -> done``.

    ``until`` is a ``time.monotonic()`` moment after which the slice must return
    False; ``work.advance`` saves the position from which the next slice continues.
    """

    def register(function: Slice) -> Slice:
        _handlers[kind] = function
        return function

    return register


def names() -> list[str]:
    """Everything that ``crm_work`` can be asked to do."""
    return sorted({*_chores, *_handlers})


def start(
    kind: str,
    key: str,
    *,
    total: int = 0,
    by: Any = None,
    not_before: dt.datetime | None = None,
) -> Work:
    """The work *kind* for *key*, made once; a finished one is opened anew.

    Work that waits or runs is returned as it stands. A worker is woken on commit.
    """
    work, created = Work.objects.get_or_create(
        kind=kind,
        key=str(key),
        defaults={"total": total, "by": by, "not_before": not_before},
    )
    if not created and work.state not in Work.OPEN:
        Work.objects.filter(pk=work.pk).update(
            state=Work.State.WAITING,
            position=0,
            total=total,
            attempts=0,
            error="",
            result={},
            lease_until=None,
            not_before=not_before,
            finished_at=None,
            by=by,
        )
        work.refresh_from_db()
    wake(kind)
    return work


def under_way(kind: str) -> set[str]:
    """The keys of the work of *kind* that waits or runs."""
    rows = Work.objects.filter(kind=kind, state__in=Work.OPEN)
    return set(rows.values_list("key", flat=True))


def wake(name: str) -> None:
    """Ask a worker, after this transaction, to run the chore or work called *name*.

    A broker that does not answer costs a minute, until the tick, and no request.
    """
    waiting = (entry[1] for entry in transaction.get_connection().run_on_commit)
    if not any(getattr(call, "wakes", None) == name for call in waiting):
        call = partial(_enqueue, name)
        call.wakes = name  # type: ignore[attr-defined]
        call.__qualname__ = f"wake {name}"  # type: ignore[attr-defined]
        transaction.on_commit(call, robust=True)


def _enqueue(name: str) -> None:
    task(backend="crm")(run_in_worker).enqueue(name)


def run_in_worker(name: str) -> None:
    """What a wake-up does in a worker: beat, run one portion, ask for the next."""
    beat()
    if run_once(name, seconds=setting("CRM_WORK_SLICE_SECONDS")):
        wake(name)


def tick() -> None:
    """Every minute: beat, then whatever is due; nothing waits for a lost wake-up."""
    beat()
    for name in due():
        wake(name)


def due() -> list[str]:
    """Names whose time has come: chores by their period, open work by its lease."""
    now = timezone.now()
    seen = dict(
        Heartbeat.objects.filter(name__startswith="chore:").values_list(
            "name", "seen_at"
        )
    )
    chores = [
        entry.name
        for entry in _chores.values()
        if (at := seen.get(f"chore:{entry.name}")) is None
        or at <= now - dt.timedelta(seconds=entry.every)
    ]
    kinds = Work.objects.takeable(now).values_list("kind", flat=True).distinct()
    return chores + [kind for kind in kinds if kind in _handlers]


def run_due(*wanted: str, seconds: float = 20) -> dict[str, int]:
    """Do now what is due (or the named chores and works); ``{name: portions done}``.

    Goes on until nothing is left or *seconds* have passed.
    """
    until = time.monotonic() + seconds
    done: dict[str, int] = {}
    pending = list(wanted or due())
    while pending and time.monotonic() < until:
        name = pending.pop(0)
        done[name] = done.get(name, 0) + 1
        if run_once(name, seconds=max(until - time.monotonic(), 0.1)):
            pending.append(name)
    return done


def run_once(name: str, *, seconds: float) -> bool:
    """One portion of one chore or one slice of work; true while there is more."""
    if name in _chores:
        more = bool(_chores[name].run())
        _mark(f"chore:{name}")
        if more:
            return True
    if name in _handlers:
        return _run_slice(name, seconds)
    return False


def _run_slice(kind: str, seconds: float) -> bool:
    work = take(kind)
    if work is None:
        return False
    until = time.monotonic() + min(seconds, setting("CRM_WORK_SLICE_SECONDS"))
    with suppress(LostLease):
        try:
            work.release(done=_handlers[kind](work, until))
        except LostLease:
            raise
        except Exception as error:  # noqa: BLE001 - kept on the row, tried again
            logger.error("Work %s %s failed: %s", kind, work.pk, trace_of(error))
            work.release(error=place_of(error))
    return True


def take(kind: str) -> Work | None:
    """Claim the oldest takeable work of *kind*, or mark it failed after five starts."""
    now = timezone.now()
    for work in Work.objects.takeable(now).filter(kind=kind).order_by("id")[:10]:
        if work.attempts >= setting("CRM_WORK_MAX_STARTS"):
            Work.objects.filter(pk=work.pk, fence=work.fence).update(
                state=Work.State.FAILED,
                finished_at=now,
                error=work.error or str(_("Started too often without progress.")),
            )
            continue
        lease = now + dt.timedelta(seconds=setting("CRM_WORK_LEASE_SECONDS"))
        claimed = Work.objects.filter(pk=work.pk, fence=work.fence).update(
            state=Work.State.RUNNING,
            fence=work.fence + 1,
            attempts=work.attempts + 1,
            lease_until=lease,
        )
        if claimed:
            work.refresh_from_db()
            return work
    return None


def _mark(name: str) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def beat() -> None:
    """A worker says that it lives."""
    _mark("worker")


def alive(*, within: int = 120) -> bool:
    """Whether a worker was seen in the last *within* seconds."""
    since = timezone.now() - dt.timedelta(seconds=within)
    return Heartbeat.objects.filter(name="worker", seen_at__gte=since).exists()


def last_beat() -> dt.datetime | None:
    return (
        Heartbeat.objects.filter(name="worker")
        .values_list("seen_at", flat=True)
        .first()
    )
