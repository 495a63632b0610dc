"""django-import-export's part: how cells are cleaned, and how rows are exported.

Its ``Field`` and ``Widget`` describe a column, its ``Resource`` a sheet. Staging and
matching are our own, because its import writes row by row inside one transaction.
"""

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from import_export import fields, resources, widgets

from crm_plugin.contacts.fields import Field

from .models import ImportBatch
from .nouns import JOINED, REPEATABLE


class FieldWidget(widgets.Widget):
    """A cell of a registered field: cleaned by the registry, shown in words."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.field.clean(value)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.field.display(value)


class SheetResource(resources.Resource):
    """The mapped columns of one sheet; each is a field named by its index."""

    def __init__(self, mapping: dict[str, str], known: dict[str, Field]) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        for index, name in mapping.items():
            if name in known:
                self.names[index] = name
                self.fields[index] = fields.Field(
                    attribute=name, column_name=index, widget=FieldWidget(known[name])
                )

    def clean_cells(
        self, cells: list[str]
    ) -> tuple[dict[str, Any], dict[str, list[Any]], list[dict[str, Any]]]:
        """``(values, more, problems)`` of one row.

        *values* by field name, blank ones left out; *more* holds second values of
        fields that may have several; *problems* name column and reason.
        """
        row = dict(enumerate(cells))
        values: dict[str, Any] = {}
        more: dict[str, list[Any]] = {}
        problems: list[dict[str, Any]] = []
        for index, field in self.fields.items():
            name = self.names[index]
            try:
                value = field.clean({index: row.get(int(index), "")})
            except ValueError as error:
                problems.append({"column": int(index), "message": str(error)})
                continue
            if value is not None:
                _put(name, value, values, more)
        return values, more, problems


def _put(
    name: str, value: Any, values: dict[str, Any], more: dict[str, list[Any]]
) -> None:
    if name not in values:
        values[name] = value
    elif name in JOINED:
        values[name] = f"{values[name]}{JOINED[name]}{value}"
    elif name in REPEATABLE and value != values[name]:
        more.setdefault(name, []).append(value)


class LeftOutResource(resources.Resource):
    """Rows that were not used: the sheet's own columns, its row number and the reason."""

    def __init__(self, batch: ImportBatch, columns: list[int]) -> None:
        super().__init__()
        self.fields["number"] = fields.Field(
            "number",
            _("Row in your sheet"),
            widget=widgets.IntegerWidget(coerce_to_string=False),
        )
        self.fields["reason"] = fields.Field(
            "reason",
            _("Why it was not used"),
            dehydrate_method=partial(reason, columns),
        )
        for index in columns:
            self.fields[str(index)] = fields.Field(
                column_name=batch.headers[index], dehydrate_method=_Cell(index)
            )

    def get_export_order(self) -> list[str]:
        return list(self.fields)

    def header(self) -> list[str]:
        return [str(name) for name in self.get_export_headers()]

    def cells(self, row: Any) -> list[Any]:
        return self.export_resource(row)


class _Cell:
    """What stood in one column of a staged row."""

    def __init__(self, index: int) -> None:
        self.index = index

    def __call__(self, row: Any) -> str:
        return row.raw[self.index] if self.index < len(row.raw) else ""


def reason(columns: list[int], row: Any) -> str:
    """Why a row was not used, as one line of text; of a hidden cell only a dot."""
    return " / ".join(
        problem["message"] if problem["column"] in (None, *columns) else "…"
        for problem in row.problems
    )
