"""INSERT … SELECT: many rows in one statement, written by the database itself."""

from typing import Any, cast

from django.db import connections, models
from django.db.models import Func, QuerySet, UUIDField


class RandomUUID(Func):
    """A fresh random UUID for every row."""

    arity = 0
    function = "gen_random_uuid"
    output_field = UUIDField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple:
        return self.as_sql(
            compiler, connection, template="lower(hex(randomblob(16)))", **extra
        )


def insert_from(model: type[models.Model], rows: QuerySet, **columns: Any) -> int:
    """Insert into *model* one row per row of *rows*; return how many came in.

    ``columns``: field name → expression over *rows*. A row that a unique constraint
    forbids is left out, so running it again does no harm.
    """
    connection = connections[rows.db]
    named = {f"_{name}": expression for name, expression in columns.items()}
    selected = rows.annotate(**named).values_list(*named)
    fields = [cast(models.Field, model._meta.get_field(name)) for name in columns]
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    sql, params = selected.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) {sql} ON CONFLICT DO NOTHING",
            params,
        )
        return cursor.rowcount
