"""Writing the journal, set-based, by merge, import, bulk edit and form save."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Change, Operation
from .rows import plain


class Stale(Exception):
    """Somebody else saved this record meanwhile; nothing was written."""

    message = _("Somebody else changed this record meanwhile. Please look again.")


Entry = tuple[str, int, str, Any, Any] | tuple[str, int, str, Any, Any, int]


def record(
    kind: str, changes: Iterable[Entry], *, by: Any, summary: str = ""
) -> Operation:
    """Write one operation with its *changes* ``(model, object id, field, old, new)``.

    ``model`` is the lower-case model name; ``field`` is "" for a whole row, with None
    as *old* for a created and as *new* for a deleted one. A sixth member names the
    record whose row it is, where that is not the row itself (the contact of a contact
    point). Two inserts, however many.
    """
    operation = Operation.objects.create(kind=kind, summary=summary[:200], by=by)
    add(operation, changes)
    return operation


def add(operation: Operation, changes: Iterable[Entry]) -> None:
    """Append *changes* to an operation that is still going on (a sliced import)."""
    Change.objects.bulk_create(
        (
            Change(
                operation=operation,
                model=model,
                object_id=object_id,
                about=owner[0] if owner else object_id,
                field=field,
                old=plain(old),
                new=plain(new),
            )
            for model, object_id, field, old, new, *owner in changes
        ),
        batch_size=2_000,
    )


def edit(
    instance: models.Model, values: dict[str, Any], *, by: Any, kind: str = "edit"
) -> Operation | None:
    """Save only the *values* that differ, and record them; None if nothing differs.

    A model with ``version`` is guarded by it. Raises ``Stale`` when it moved on.
    """
    model = type(instance)
    before = {name: getattr(instance, name) for name in values}
    changed = {name: new for name, new in values.items() if before[name] != new}
    if not changed:
        return None
    with transaction.atomic():
        rows = model._default_manager.filter(pk=instance.pk)
        extra: dict[str, Any] = {}
        if hasattr(instance, "version"):
            rows = rows.filter(version=instance.version)
            extra["version"] = instance.version + 1
        if hasattr(instance, "updated_at"):
            extra["updated_at"] = timezone.now()
        if not rows.update(**changed, **extra):
            raise Stale
        for name, new in {**changed, **extra}.items():
            setattr(instance, name, new)
        label = str(model._meta.model_name)
        return record(
            kind,
            [
                (label, instance.pk, name, before[name], changed[name])
                for name in changed
            ],
            by=by,
            summary=str(instance),
        )
