"""Change feed: who changed in what respect, and what must be recomputed for them.

Every verb that alters something about contacts ends with ``note(ids, aspect)``, in
its own transaction. The worker takes what it sees and runs each room's step in order.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm_plugin import queue

from .models import ContactChange

SUMMARIES, USES, SCORES, MEMBERSHIPS, SEQUENCES, WEB_HOOKS = 10, 20, 25, 30, 40, 50
# What a room could not work in is tried again after so long.
AGAIN = dt.timedelta(minutes=1)
Changed = defaultdict[str, set[int]]
Step = Callable[[dict[str, set[int]]], None]
logger = logging.getLogger(__name__)
_steps: list[tuple[int, str, Step]] = []
_gathered: ContextVar[set[tuple[int, str]] | None] = ContextVar(
    "gathered", default=None
)


def note(contact_ids: Iterable[int], aspect: str) -> None:
    """Append to the feed: these contacts changed in this *aspect*.

    Aspects: ``fields points attributes touchpoints steps visits bookings purchases
    sales uses stage deals plans consents responses scores picks stays``; a migration may
    ask for ``search``. docs/extending.md tells when each is noted. One insert, in the
    caller's transaction.
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
    What one room cannot work in stays for that room alone and is tried again later.
    """
    later = timezone.now() - AGAIN
    with transaction.atomic():
        due = ContactChange.objects.filter(Q(step="") | Q(at__lte=later))
        locked = due.select_for_update(skip_locked=True).order_by("id")
        taken = list(locked[:limit])
        if not taken:
            return 0
        failed = list(_work_in(taken))
        ContactChange.objects.filter(id__in=[change.id for change in taken]).delete()
        ContactChange.objects.bulk_create(failed, batch_size=5_000)
    return len(taken)


def _work_in(taken: Iterable[ContactChange]) -> Iterator[ContactChange]:
    """Run each room's step; what is left of those that failed, for these alone."""
    by_step: dict[str, Changed] = defaultdict(lambda: defaultdict(set))
    for change in taken:
        by_step[change.step][change.aspect].add(change.contact_id)
    shared = by_step[""]
    for _order, name, function in _steps:
        asked = _joined(shared, by_step.get(name, {}))
        worked = _joined(asked)
        if _succeeds(name, function, worked):
            # What it found out itself, the later ones are asked about as well.
            for aspect, ids in worked.items():
                if found := ids - asked[aspect]:
                    shared[aspect] |= found
        else:
            yield from (
                ContactChange(contact_id=pk, aspect=aspect, step=name)
                for aspect, ids in asked.items()
                for pk in sorted(ids)
            )


def _joined(*several: Mapping[str, set[int]]) -> Changed:
    found: Changed = defaultdict(set)
    for changed in several:
        for aspect, ids in changed.items():
            found[aspect] |= ids
    return found


def _succeeds(name: str, function: Step, changed: Changed) -> bool:
    """Whether the step did its work; one that fails leaves nothing half done."""
    try:
        if changed:
            with transaction.atomic():
                function(changed)
    except Exception as error:  # noqa: BLE001 - the other rooms must not wait for it
        logger.error("Changes wait for %s: %s", name, queue.trace_of(error))
        return False
    return True


@queue.chore("changes", every=60)
def drain_all() -> bool:
    """Drain a slice of the feed; true while there is more."""
    return drain() > 0
