"""Change feed: who changed in what respect, and what must be recomputed for them.

Every verb that alters something about contacts ends with ``note(ids, aspect)``, in
its own transaction. The worker takes what it sees and runs each room's step in order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from crm_plugin import queue

from .models import ContactChange

SUMMARIES, USES, SCORES, MEMBERSHIPS, SEQUENCES, WEB_HOOKS = 10, 20, 25, 30, 40, 50
Step = Callable[[dict[str, set[int]]], None]
_steps: list[tuple[int, str, Step]] = []
_gathered: ContextVar[set[tuple[int, str]] | None] = ContextVar(
    "gathered", default=None
)


def note(contact_ids: Iterable[int], aspect: str) -> None:
    """Append to the feed: these contacts changed in this *aspect*.

    Aspects: ``fields points attributes touchpoints bookings purchases deals plans uses
    stage consents responses scores segments stays picks search visits``. One insert, in the caller's
    transaction.
    """
    entries = {(pk, aspect) for pk in contact_ids}
    gathered = _gathered.get()
    if gathered is None:
        _append(entries)
    else:
        gathered |= entries


@contextmanager
def together(*, wake: bool = True) -> Iterator[None]:
    """What is noted inside becomes one insert at the end, in the caller's transaction.

    For a verb that calls several others about the same contact. An error inside
    writes nothing: the transaction that it belongs to is undone as well. Without
    *wake* no worker is woken for it: the caller wakes one that looks at the feed.
    """
    if _gathered.get() is not None:
        yield
        return
    entries: set[tuple[int, str]] = set()
    token = _gathered.set(entries)
    try:
        yield
    finally:
        _gathered.reset(token)
    _append(entries, wake=wake)


def _append(entries: set[tuple[int, str]], *, wake: bool = True) -> None:
    if not entries:
        return
    rows = [ContactChange(contact_id=pk, aspect=name) for pk, name in sorted(entries)]
    ContactChange.objects.bulk_create(rows, batch_size=5_000)
    if wake:
        queue.wake("changes")


def step(order: int) -> Callable[[Step], Step]:
    """Register a room's step; it gets ``{aspect: contact ids}`` and is set-based."""

    def register(function: Step) -> Step:
        _steps.append((order, function.__module__, function))
        _steps.sort(key=lambda entry: entry[:2])
        return function

    return register


def drain(limit: int = 20_000) -> int:
    """Recompute what the feed asks for; return how many entries were taken.

    Entries leave in the transaction that recomputed them: a crash repeats the work
    and loses nothing. Aspects that a step notes itself are seen by the next drain.
    """
    with transaction.atomic():
        taken = list(
            ContactChange.objects.select_for_update(skip_locked=True).order_by("id")[
                :limit
            ]
        )
        if not taken:
            return 0
        by_aspect: dict[str, set[int]] = defaultdict(set)
        for change in taken:
            by_aspect[change.aspect].add(change.contact_id)
        for _order, _name, function in _steps:
            function(by_aspect)
        ContactChange.objects.filter(id__in=[change.id for change in taken]).delete()
    return len(taken)


@queue.chore("changes", every=60)
def drain_all() -> bool:
    """Drain a slice of the feed; true while there is more."""
    return drain() > 0
