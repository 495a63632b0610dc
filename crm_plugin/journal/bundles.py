"""Bundles: many rows that one operation shifts, takes out or adds, and their way back.

Each verb acts on the rows and writes one entry of the journal per 5,000 of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.db import models

from .heirs import Back
from .models import Bundle, Operation
from .rows import delete, insert, plain, whole

Kind = Bundle.Kind
PORTION = 5_000


def shift(
    operation: Operation, rows: models.QuerySet, field: str, *, old: Any, new: Any
) -> int:
    """Set *field* of *rows*, which all hold *old*, to *new*; how many there were."""
    model = rows.model
    keys = list(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(keys), PORTION):
        part = model._default_manager.filter(pk__in=keys[start : start + PORTION])
        part.update(**{field: new})
    _write(operation, Kind.SHIFTED, model, keys, field=field, old=old, new=new)
    return len(keys)


def take_out(operation: Operation, rows: models.QuerySet) -> list[Any]:
    """Delete *rows*, to be put back whole; returns them as they were.

    What still points to them must have been shifted: the database refuses otherwise.
    """
    taken = list(rows)
    _write(operation, Kind.TAKEN, rows.model, [whole(row) for row in taken])
    delete(rows.model, [row.pk for row in taken])
    return taken


def add(operation: Operation, rows: Sequence[models.Model]) -> None:
    """Insert new *rows* of one model; they go again unless they change meanwhile."""
    if not rows:
        return
    manager = type(rows[0])._default_manager
    manager.bulk_create(rows, batch_size=PORTION)
    stored = manager.filter(pk__in=[row.pk for row in rows])
    _write(operation, Kind.ADDED, type(rows[0]), [whole(row) for row in stored])


def keep(operation: Operation, rows: models.QuerySet, field: str, value: Any) -> None:
    """Remember how *rows*, all of ``field=value``, stand: summaries to be recomputed."""
    stood = [whole(row) for row in rows]
    _write(operation, Kind.KEPT, rows.model, stood, field=field, new=value, empty=True)


def put_back(operation: Operation, back: Back) -> None:
    """Take the bundles of *operation* back, the newest first; what came goes to *back*.

    Rows that were shifted elsewhere since, or that are gone, are left alone; so is
    what hung on something that is gone.
    """
    for bundle in operation.bundles.order_by("-id"):
        model = apps.get_model(bundle.model)
        back[model].update(_PUT_BACK[Kind(bundle.kind)](model, bundle) or ())


def _write(
    operation: Operation,
    kind: str,
    model: type[models.Model],
    rows: list[Any],
    *,
    field: str = "",
    old: Any = None,
    new: Any = None,
    empty: bool = False,
) -> None:
    starts = range(0, len(rows), PORTION) if rows else range(int(empty))
    Bundle.objects.bulk_create(
        Bundle(
            operation=operation,
            kind=kind,
            model=model._meta.label_lower,
            field=field,
            rows=rows[start : start + PORTION],
            old=plain(old),
            new=plain(new),
        )
        for start in starts
    )


def _unshift(model: type[models.Model], bundle: Bundle) -> list[Any]:
    """Returns the rows whose key leads nowhere now."""
    field = model._meta.get_field(bundle.field)
    old, new = (field.to_python(value) for value in (bundle.old, bundle.new))  # type: ignore[union-attr]
    rows = model._default_manager.filter(pk__in=bundle.rows, **{bundle.field: new})
    rows.update(**{bundle.field: old})
    target = field.related_model
    lost = target is not None and not target._base_manager.filter(pk=old).exists()
    return list(bundle.rows) if lost else []


def _return(model: type[models.Model], bundle: Bundle) -> list[Any]:
    return insert(model, bundle.rows)


def _remove(model: type[models.Model], bundle: Bundle) -> None:
    keys = _keys(model, bundle.rows)
    stand = {row.pk: whole(row) for row in model._default_manager.filter(pk__in=keys)}
    same = zip(keys, bundle.rows, strict=True)
    delete(model, [key for key, added in same if stand.get(key) == added])


def _restore(model: type[models.Model], bundle: Bundle) -> list[Any]:
    now = model._default_manager.filter(**{bundle.field: bundle.new})
    delete(model, list(now.values_list("pk", flat=True)))
    return insert(model, bundle.rows)


_PUT_BACK = {
    Kind.SHIFTED: _unshift,
    Kind.TAKEN: _return,
    Kind.ADDED: _remove,
    Kind.KEPT: _restore,
}


def _keys(model: type[models.Model], wholes: Iterable[dict[str, Any]]) -> list[Any]:
    """The primary keys in rows told by ``whole``, as the model has them."""
    fields = list(model._meta.pk_fields)
    found = [tuple(f.to_python(said[f.attname]) for f in fields) for said in wholes]
    return found if len(fields) > 1 else [key for (key,) in found]
