"""Figures of a past day: today's query, over a summary that is counted anew.

What a summary table would have held is put before the query as a ``WITH`` of that
table's name. So the query, and what it means, stays that of today.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler


def counted_anew(summary: Any, columns: str, sql: str, params: Sequence) -> QuerySet:
    """The rows of the model *summary*, of which *sql* gives these *columns*."""
    rows = summary._default_manager.order_by()
    table = summary._meta.db_table
    rows.query = rows.query.chain(_Anew)
    rows.query.crm_anew = f"WITH {table} ({columns}) AS ({sql})", tuple(params)
    return rows


class _Anew(Query):
    crm_anew: tuple[str, tuple]

    def get_compiler(
        self, using: Any = None, connection: Any = None, elide_empty: bool = True
    ) -> SQLCompiler:
        connection = connection or connections[using]
        return _Compiler(self, connection, using, elide_empty)


class _Compiler(SQLCompiler):
    query: _Anew

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple]:
        sql, params = super().as_sql(*args, **kwargs)
        anew, given = self.query.crm_anew
        return f"{anew} {sql}", (*given, *params)
