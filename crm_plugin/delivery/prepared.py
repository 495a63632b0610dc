"""An UPDATE that Django compiles once and that then runs with other values.

Building the gates of one message takes Django twenty times as long as the database
needs to ask them. A worker's slice therefore writes each statement once, with
``Slot`` where a value goes, and keeps it for all its messages.
"""

from typing import Any

from django.db import connections, models
from django.db.models.sql import UpdateQuery


class Slot(models.Expression):
    """The place of a value that comes with each run."""

    def __init__(self, name: str, output_field: models.Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def slot(model: type[models.Model], field: str, name: str = "") -> Slot:
    """A slot of the type of ``model.field``."""
    return Slot(name or field, model._meta.get_field(field))  # type: ignore[arg-type]


class Statement:
    """``rows.update(**values)``, compiled; both may hold slots."""

    def __init__(self, rows: models.QuerySet, **values: Any) -> None:
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        self.connection = connections[rows.db]
        self.sql, params = query.get_compiler(rows.db).as_sql()
        self.params = list(params)
        self.places = [
            (position, param)
            for position, param in enumerate(self.params)
            if isinstance(param, Slot)
        ]
        self.fields = {place.name: place.output_field for _at, place in self.places}

    def run(self, **values: Any) -> int:
        """Fill the slots and execute; how many rows changed."""
        ready = {
            name: field.get_db_prep_save(values[name], self.connection)
            for name, field in self.fields.items()
        }
        params = self.params.copy()
        for position, place in self.places:
            params[position] = ready[place.name]
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return cursor.rowcount
