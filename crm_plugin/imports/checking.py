"""The dry run: go through the staged rows and write nothing but their outcome."""

import time
from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import override

from crm_plugin import queue

from .contact_rows import ContactChecker
from .models import ImportBatch, ImportRow
from .purchase_rows import PurchaseChecker

KIND = "import-check"
SLICE = 1_000
BREATH = 0.05
State = ImportBatch.State
CHECKERS: dict[str, Any] = {
    ImportBatch.Noun.CONTACTS: ContactChecker,
    ImportBatch.Noun.PURCHASES: PurchaseChecker,
}


def start_check(batch: ImportBatch, *, by: Any) -> None:
    """Check all rows anew, after columns or basis were chosen."""
    with transaction.atomic():
        batch.keys.all().delete()
        batch.state, batch.counts, batch.error = State.CHECKING, {}, ""
        batch.save(update_fields=["state", "counts", "error"])
        queue.start(KIND, str(batch.pk), total=batch.row_count, by=by)


@queue.handler(KIND)
def check(work: queue.Work, until: float) -> bool:
    """Check slices of rows in order; the position is the last row's number."""
    batch = ImportBatch.objects.select_related("topic", "by").get(pk=work.key)
    if batch.state != State.CHECKING:
        return True
    with override(batch.language):
        checker = CHECKERS[batch.noun](batch)
        while check_slice(batch, work, checker):
            breathe()
            if time.monotonic() > until:
                return False
    with transaction.atomic():
        batch.counts = {**outcomes(batch), "reach": work.result.get("reach", {})}
        batch.state = State.CHECKED
        batch.keys.all().delete()
        batch.save(update_fields=["counts", "state"])
    return True


def check_slice(batch: ImportBatch, work: queue.Work, checker: Any) -> bool:
    """Check the next rows in one transaction; false when none is left."""
    last = work.result.get("last", 0)
    rows = list(batch.rows.filter(number__gt=last).order_by("number")[:SLICE])
    if not rows:
        return False
    with transaction.atomic():
        found = Counter(work.result.get("reach", {})) + checker.check(rows)
        store(rows)
        result = {"last": rows[-1].number, "reach": dict(found)}
        work.advance(work.position + len(rows), result=result)
    return True


def store(rows: list[ImportRow]) -> None:
    """Write what was found about *rows* back, in one statement."""
    ImportRow.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["batch", "number"],
        update_fields=["cleaned", "outcome", "problems", "target_id", "match_key"],
    )


def outcomes(batch: ImportBatch) -> dict[str, int]:
    """How many rows have which outcome."""
    counts = batch.rows.order_by().values_list("outcome").annotate(Count("id"))
    return {outcome: count for outcome, count in counts if outcome}


def breathe() -> None:
    """Let visitors' forms write on SQLite, whose lock is not fair."""
    if connection.vendor == "sqlite":
        time.sleep(BREATH)
