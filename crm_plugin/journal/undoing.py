"""Replaying an operation backwards; what was changed since is left, and told."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from . import bundles
from .models import Change, Operation
from .rows import insert, mend, plain


def undo(operation: Operation, *, by: Any) -> list[Change]:
    """Replay *operation* backwards; return the changes that were left alone.

    A value that was changed again since, and a record that is gone, are left.
    """
    with transaction.atomic():
        left = revert(operation.changes.order_by("-id"))
        bundles.put_back(operation)
        _mend(operation)
        operation.undone_at, operation.undone_by = timezone.now(), by
        operation.save(update_fields=["undone_at", "undone_by"])
    return left


def _mend(operation: Operation) -> None:
    """The records that came back may name others that are gone since."""
    gone = operation.changes.filter(field="", new__isnull=True, old__isnull=False)
    by_model: dict[str, list[int]] = {}
    for name, pk in gone.values_list("model", "object_id"):
        by_model.setdefault(name, []).append(pk)
    for name, keys in by_model.items():
        mend(apps.get_model("crm_plugin", name), keys)


def revert(changes: Iterable[Change]) -> list[Change]:
    """Put back what *changes* (newest first) did; return those that were left alone.

    For an operation that is undone in slices; four statements per model.
    """
    said = list(changes)
    left: list[Change] = []
    for name in dict.fromkeys(change.model for change in said):
        left += _undo_model(name, [c for c in said if c.model == name])
    return left


def _undo_model(name: str, changes: list[Change]) -> list[Change]:
    """One read, one update, one delete and one insert for all changes of a model."""
    model = apps.get_model("crm_plugin", name)
    manager = model._default_manager
    rows = manager.in_bulk([change.object_id for change in changes])
    left, touched, fields = [], {}, set()
    for change in changes:
        row = rows.get(change.object_id)
        if not change.field:
            continue
        if row is None or not _stands(row, change):
            left.append(change)
            continue
        field = model._meta.get_field(change.field)
        setattr(row, field.attname, field.to_python(change.old))
        touched[row.pk] = row
        fields.add(change.field)
    if touched:
        manager.bulk_update(touched.values(), fields, batch_size=500)
    created = [c.object_id for c in changes if not c.field and c.old is None]
    manager.filter(pk__in=created).delete()
    deleted = [c.old for c in changes if not c.field and c.new is None and c.old]
    insert(model, deleted)
    return left


def _stands(row: models.Model, change: Change) -> bool:
    """Whether the row still says what *change* made it say; 5 is 5.00."""
    value = _value(row, change.field)
    if isinstance(value, Decimal) and change.new is not None:
        return value == Decimal(str(change.new))
    return plain(value) == change.new


def _value(row: models.Model, field: str) -> Any:
    return getattr(row, cast(models.Field, row._meta.get_field(field)).attname)
