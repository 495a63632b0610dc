"""Apply a checked sheet in slices that any worker can continue."""

import time
from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from crm_plugin import queue
from crm_plugin.contacts import planner
from crm_plugin.journal import Operation

from .checking import breathe
from .contact_apply import ContactApplier, store_applied
from .models import ImportBatch
from .purchase_apply import PurchaseApplier

KIND = "import-apply"
SLICE = 500
# After so many rows the database looks again how full its tables are.
MANY = 1_000
State = ImportBatch.State
APPLIERS: dict[str, Any] = {
    ImportBatch.Noun.CONTACTS: ContactApplier,
    ImportBatch.Noun.PURCHASES: PurchaseApplier,
}


class NotReady(Exception):
    """This sheet is not in the state that the step needs."""


def start_apply(batch: ImportBatch, *, by: Any) -> None:
    """Begin to write a checked sheet. Raises ``NotReady`` for any other state."""
    with transaction.atomic():
        claimed = ImportBatch.objects.filter(pk=batch.pk, state=State.CHECKED)
        if not claimed.update(state=State.APPLYING):
            raise NotReady
        batch.refresh_from_db()
        batch.operation = Operation.objects.create(
            kind="import", summary=batch.file_name[:200], by=by
        )
        batch.save(update_fields=["operation"])
        rows = batch.rows.filter(
            outcome__in=APPLIERS[batch.noun].outcomes, applied=False
        )
        queue.start(KIND, str(batch.pk), total=rows.count(), by=by)


@queue.handler(KIND)
def apply(work: queue.Work, until: float) -> bool:
    """Apply slices; each is one transaction that also saves the position."""
    batch = ImportBatch.objects.select_related("topic", "by", "operation").get(
        pk=work.key
    )
    if batch.state != State.APPLYING:
        return True
    with override(batch.language):
        applier = APPLIERS[batch.noun](batch)
        while apply_slice(work, applier):
            breathe()
            if time.monotonic() > until:
                return False
    _finish(batch, work)
    return True


def apply_slice(work: queue.Work, applier: Any) -> bool:
    """Apply the next rows in one transaction; false when none is left."""
    with transaction.atomic():
        rows = applier.next_rows(SLICE)
        if not rows:
            return False
        done = Counter(work.result) + applier.apply(rows)
        store_applied(rows)
        work.advance(work.position + len(rows), result=dict(done))
    return True


def _finish(batch: ImportBatch, work: queue.Work) -> None:
    """Keep what was done; the file itself is not needed any more."""
    with transaction.atomic():
        batch.counts = {**batch.counts, "done": _told(work.result)}
        batch.state, batch.applied_at, batch.file = State.APPLIED, timezone.now(), None
        batch.save(update_fields=["counts", "state", "applied_at", "file"])
    if work.position >= MANY:
        planner.look_again()


def _told(result: dict[str, int]) -> dict[str, Any]:
    """The counters of the work; those about reach in a dictionary of their own."""
    told: dict[str, Any] = {
        k: v for k, v in result.items() if not k.startswith("reach_")
    }
    reach = {k[6:]: v for k, v in result.items() if k.startswith("reach_")}
    return {**told, "reach": reach}
