"""A set of contacts as the table that a query begins with.

A database looks at the row of every contact that a statement names: at a million contacts
most of the time of a rule goes there. A set in the place of their table spares it.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

from .clauses import column, listed
from .registry import everyone

Says = Callable[[Any], tuple[str, list[Any]]]


class SetAsTable(BaseTable):
    """A statement of ids that stands where the table of contacts would.

    Its limit, which is none, keeps SQLite from turning it into a join.
    """

    def __init__(self, table_name: str, alias: str | None, says: Says) -> None:
        super().__init__(table_name, alias)
        self.says = says

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.says(connection)
        alias = compiler.quote_name_unless_alias(self.table_alias)
        no_limit = " LIMIT -1" if connection.vendor == "sqlite" else ""
        return f"({sql}{no_limit}) {alias}", params

    def relabeled_clone(self, change_map: dict[str | None, str]) -> "SetAsTable":
        alias = change_map.get(self.table_alias, self.table_alias)
        return SetAsTable(self.table_name, alias, self.says)


def in_place_of_contacts(
    contacts: QuerySet, *, once: bool = False, but: Sequence[QuerySet] = ()
) -> QuerySet:
    """The ids of *contacts* as a QuerySet of contacts of which only ``pk`` can be asked.

    Nobody of *but* is among them. *once*: no contact stands in the set twice.
    """

    def says(connection: Any) -> tuple[str, list[Any]]:
        key = connection.ops.quote_name(everyone().model._meta.pk.column)
        said = [_said(contacts, key, connection)]
        for each in but:
            # Where nobody is to be left out, nobody is.
            with suppress(EmptyResultSet):
                said.append(_said(each, key, connection))
        sql = " EXCEPT ".join(one for one, _params in said)
        if len(said) == 1 and not once:
            sql = sql.replace("SELECT", "SELECT DISTINCT", 1)
        return sql, [param for _sql, params in said for param in params]

    return _standing(says)


def few_in_place_of_contacts(ids: Collection[int]) -> QuerySet:
    """The same of a few *ids*, each given once."""

    def says(connection: Any) -> tuple[str, list[Any]]:
        given, key = listed(ids), everyone().model._meta.pk.column
        name = connection.ops.quote_name(key)
        sql = f"WITH few ({name}) AS ({given.sql}) SELECT {name} FROM few"  # noqa: S608 - no input
        return sql, list(given.params)

    return _standing(says)


def _standing(says: Says) -> QuerySet:
    model = everyone().model
    chosen = model._default_manager.order_by().values_list("pk", flat=True)
    alias = chosen.query.get_initial_alias()
    chosen.query.alias_map[alias] = SetAsTable(model._meta.db_table, alias, says)
    return chosen


def _said(contacts: QuerySet, key: str, connection: Any) -> tuple[str, list[Any]]:
    query = contacts.order_by().query
    sql, params = query.get_compiler(connection=connection).as_sql()
    name = connection.ops.quote_name(column(contacts))
    return f"SELECT {name} AS {key} FROM ({sql}) them", list(params)  # noqa: S608 - no input
