"""The one journal: what was changed, from what to what, by whom, and its undo.

Written set-based by merge, import, bulk edit and form save; history reads it, undo
replays it backwards.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Operation(models.Model):
    """One act of a person or of the system that changed records."""

    kind = models.CharField(_("kind"), max_length=40)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.summary or self.kind


class Change(models.Model):
    """One field of one record, before and after; ``field=""`` is the whole row."""

    operation = models.ForeignKey(
        Operation, on_delete=models.CASCADE, related_name="changes"
    )
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    about = models.BigIntegerField(
        help_text=_("The record whose story tells it: a value's or point's owner.")
    )
    field = models.CharField(max_length=60, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [models.Index(fields=["about", "model"], name="crm_change_about_idx")]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id} {self.field}"


class Stale(Exception):
    """Somebody else saved this record meanwhile; nothing was written."""

    message = _("Somebody else changed this record meanwhile. Please look again.")


Entry = tuple[str, int, str, Any, Any] | tuple[str, int, str, Any, Any, int]


def plain(value: Any) -> Any:
    """*value* as JSON can hold it: keys for records, ISO for dates, text for money."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


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


def undo(operation: Operation, *, by: Any) -> list[Change]:
    """Replay *operation* backwards; return the changes that were left alone.

    A value that was changed again since, and a record that is gone, are left.
    """
    with transaction.atomic():
        left = revert(operation.changes.order_by("-id"))
        operation.undone_at, operation.undone_by = timezone.now(), by
        operation.save(update_fields=["undone_at", "undone_by"])
    return left


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
        if row is None or plain(_value(row, change.field)) != change.new:
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
    manager.bulk_create([_row(model, old) for old in deleted], ignore_conflicts=True)
    return left


def _value(row: models.Model, field: str) -> Any:
    return getattr(row, cast(models.Field, row._meta.get_field(field)).attname)


def whole(row: models.Model) -> dict[str, Any]:
    """All columns of *row* as JSON can hold them, for a created or deleted entry."""
    return {
        field.attname: plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
    }


def _row(model: type[models.Model], old: dict[str, Any]) -> models.Model:
    values = {
        field.attname: field.to_python(old[field.attname])
        for field in model._meta.concrete_fields
        if field.attname in old
    }
    return model(**values)
