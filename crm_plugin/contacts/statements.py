"""Rows from rows in one statement: ``INSERT … SELECT`` of what a QuerySet reads."""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject

from crm_plugin.journal import Change, Operation


class Json(Func):
    """A plain value as the content of a JSON column."""

    template = "%(expressions)s"

    def __init__(self, value: Any) -> None:
        text = Value(json.dumps(value), output_field=TextField())
        super().__init__(text, output_field=TextField())

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(%(expressions)s)::jsonb", **context
        )


class AsJson(Func):
    """A column as the content of a JSON column; the journal's spelling of it."""

    function = "to_jsonb"

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=TextField())

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="json_quote", **context)


def as_object(**columns: Any) -> JSONObject:
    """Several columns of a row as one JSON object; numbers as text, as money is."""
    whole = JSONObject(**columns)
    # As text to Django: its own output field would read it back instead of passing on.
    whole.output_field = TextField()  # type: ignore[misc]
    return whole


class AsMoment(Func):
    """A time as ISO text with its zone; SQLite keeps it in UTC without saying so."""

    template = "%(expressions)s"

    def __init__(self, column: str) -> None:
        super().__init__(F(column), output_field=TextField())

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(%(expressions)s || '+00:00')"
        return self.as_sql(compiler, connection, template=template, **context)


def as_text(column: str) -> Cast:
    """A number spelled out, so that no digit is lost on the way through JSON."""
    return Cast(column, models.CharField())


def insert(model: type[models.Model], columns: dict[str, Any], rows: QuerySet) -> int:
    """Insert into *model* one row for each of *rows*; how many.

    *columns* are expressions over a row, by the column that they fill.
    """
    named = {f"crm_{name}": expression for name, expression in columns.items()}
    try:
        read = rows.order_by().annotate(**named).values_list(*named)
        sql, params = read.query.sql_with_params()
    except EmptyResultSet:
        return 0
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {sql}", params)
        return cursor.rowcount


def journal_rows(
    operation: Operation, rows: QuerySet, *, about: str = "pk", **said: Any
) -> int:
    """Append to the journal one change for each of *rows*.

    *said*: ``field``, ``old`` and ``new`` as expressions; what is left out is nothing.
    """
    columns = {
        "operation_id": Value(operation.pk),
        "model": Value(rows.model._meta.model_name),
        "object_id": F("pk"),
        "about": F(about),
        **said,
    }
    return insert(Change, columns, rows)
