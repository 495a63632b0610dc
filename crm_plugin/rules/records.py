"""Finding the few records that rules name by key, once per screen or refresh."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Model

Record = TypeVar("Record", bound=Model)
_memory: ContextVar[dict[tuple, dict[str, Any]] | None] = ContextVar(
    "crm_rule_records", default=None
)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, every kind of record is read once, however many rules name it.

    For work that looks at many rules: a list of segments, a refresh.
    """
    if _memory.get() is not None:
        yield
        return
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def find(
    model: type[Record], key: Any, *, field: str = "key", prefetch: tuple = ()
) -> Record | None:
    """The record whose *field* is *key*, or None; for kinds of which there are few."""
    if key in (None, ""):
        return None
    records = model._default_manager.prefetch_related(*prefetch)
    memory = _memory.get()
    if memory is None:
        return records.filter(**{field: key}).first()
    if (model, field) not in memory:
        memory[model, field] = {str(getattr(row, field)): row for row in records.all()}
    return memory[model, field].get(str(key))
