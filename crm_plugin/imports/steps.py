"""What the screens and the command have in common: choose, start, look how far."""

from typing import Any

from django.db import transaction

from crm_plugin import queue

from . import applying, checking, reading, undoing
from .models import ImportBatch

State = ImportBatch.State
KINDS = {
    State.READING: reading.KIND,
    State.CHECKING: checking.KIND,
    State.APPLYING: applying.KIND,
    State.UNDOING: undoing.KIND,
}
CHOOSING = {State.MAPPING, State.CHECKED}
# Sheets of this size are read and checked while the person waits.
SMALL = 1_000


class WrongState(Exception):
    """The sheet is not where this step begins, for example applied already."""


def choose_columns(batch: ImportBatch, mapping: dict[str, str]) -> None:
    """Keep which column means which field; what was checked must be checked anew."""
    _require(batch, CHOOSING)
    batch.mapping, batch.state, batch.counts = mapping, State.MAPPING, {}
    batch.save(update_fields=["mapping", "state", "counts"])


def choose_basis(batch: ImportBatch, choices: dict[str, Any]) -> None:
    """Keep basis, topic, note and options as they were chosen."""
    _require(batch, CHOOSING)
    batch.basis = choices["basis"]
    batch.topic = choices.get("topic")
    batch.basis_note = choices.get("note", "")
    batch.options = {
        **batch.options,
        "update": bool(choices.get("update")),
        "lenient": bool(choices.get("lenient")),
    }
    batch.save(update_fields=["basis", "topic", "basis_note", "options"])


def check(batch: ImportBatch, *, by: Any) -> None:
    """Start the dry run; a small one is done when this returns."""
    _require(batch, CHOOSING)
    checking.start_check(batch, by=by)
    if batch.row_count <= SMALL:
        queue.run_due(checking.KIND, seconds=5)


def discard(batch: ImportBatch) -> None:
    """Throw a sheet away that was never applied."""
    _require(batch, {*CHOOSING, State.READING, State.CHECKING, State.FAILED})
    batch.delete()


def work_of(batch: ImportBatch) -> queue.Work | None:
    """The work that this sheet waits for now, if it waits."""
    kind = KINDS.get(State(batch.state))
    return queue.Work.objects.filter(kind=kind, key=str(batch.pk)).first()


def start_again(batch: ImportBatch, *, by: Any) -> None:
    """Take up work that failed, from where it stopped."""
    work = work_of(batch)
    if work is None or work.state != queue.Work.State.FAILED:
        raise WrongState
    position, total, result = work.position, work.total, work.result
    with transaction.atomic():
        queue.start(work.kind, work.key, total=total, by=by)
        queue.Work.objects.filter(pk=work.pk).update(position=position, result=result)


def _require(batch: ImportBatch, states: set[Any]) -> None:
    if batch.state not in states:
        raise WrongState
