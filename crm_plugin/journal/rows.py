"""Rows as JSON can hold them, and back, exactly as they were."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

PORTION = 2_000
Row = TypeVar("Row", bound=models.Model)


def plain(value: Any) -> Any:
    """*value* as JSON can hold it: keys for records, ISO for dates, text for money."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


def whole(row: models.Model) -> dict[str, Any]:
    """All columns of *row* as JSON can hold them, for a created or deleted entry."""
    return {
        field.attname: plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
    }


def restored(model: type[Row], old: dict[str, Any]) -> Row:
    """The unsaved row that ``whole`` told as *old*."""
    values = {
        field.attname: field.to_python(old[field.attname])
        for field in model._meta.concrete_fields
        if field.attname in old
    }
    return model(**values)


def insert(model: type[models.Model], wholes: Sequence[dict[str, Any]]) -> list[Any]:
    """Insert rows told by ``whole`` with all their columns; taken keys are left.

    Returns the primary keys of all of them.

    Django stamps ``auto_now`` columns anew when it inserts: they are put back after.
    """
    rows = [restored(model, old) for old in wholes]
    told = [row.pk for row in rows]
    stamped = [field for field in model._meta.concrete_fields if _stamps(field)]
    manager = model._default_manager
    if stamped:
        taken = set(manager.filter(pk__in=[row.pk for row in rows]).values_list("pk"))
        rows = [row for row in rows if (row.pk,) not in taken]
    values = [{f.attname: getattr(row, f.attname) for f in stamped} for row in rows]
    manager.bulk_create(rows, batch_size=PORTION, ignore_conflicts=True)
    if rows and stamped:
        for row, before in zip(rows, values, strict=True):
            for name, value in before.items():
                setattr(row, name, value)
        manager.bulk_update(rows, [f.name for f in stamped], batch_size=500)
    return told


def _stamps(field: models.Field) -> bool:
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


def delete(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Delete rows by primary key; the database refuses while something points there.

    Not through the ORM, which would delete what still hangs on them.
    """
    fields = list(model._meta.pk_fields)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    one = ", ".join(["%s"] * len(fields))
    one, columns = (f"({one})", f"({columns})") if len(fields) > 1 else (one, columns)
    table, todo = quote(model._meta.db_table), list(keys)
    with connection.cursor() as cursor:
        for start in range(0, len(todo), PORTION):
            part = [
                key if len(fields) > 1 else (key,) for key in todo[start:][:PORTION]
            ]
            values = [
                field.get_db_prep_value(value, connection)
                for key in part
                for field, value in zip(fields, key, strict=True)
            ]
            marks = ", ".join([one] * len(part))
            cursor.execute(f"DELETE FROM {table} WHERE {columns} IN ({marks})", values)  # noqa: S608
