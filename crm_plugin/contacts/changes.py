"""Change feed: who changed in what respect, and what must be recomputed for them.

Every verb that alters something about contacts ends with ``note(ids, aspect)``, in
its own transaction. The worker takes what it sees and runs each room's step in order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db import transaction

from crm_plugin import queue

from .models import ContactChange

SUMMARIES, USES, MEMBERSHIPS, SEQUENCES, WEB_HOOKS = 10, 20, 30, 40, 50
Step = Callable[[dict[str, set[int]]], None]
_steps: list[tuple[int, str, Step]] = []


def note(contact_ids: Iterable[int], aspect: str) -> None:
    """Append to the feed: these contacts changed in this *aspect*.

    Aspects: ``fields points attributes touchpoints bookings purchases deals uses
    stage consents responses segments visits``. One insert, in the caller's transaction.
    """
    rows = [ContactChange(contact_id=pk, aspect=aspect) for pk in set(contact_ids)]
    if rows:
        ContactChange.objects.bulk_create(rows, batch_size=5_000)
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
