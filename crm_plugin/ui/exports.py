"""Export of a filtered list: safe in Excel, with its own permission, and logged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.coreutils import multigetattr

from crm_plugin import journal, sheets

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLICE = 2_000
# What a list tells as a file: name → heading, and the cell of one record.
Columns = dict[str, tuple[Any, Callable[[Any], Any]]]


class SafeExportMixin(SpreadsheetExportMixin):
    """Put before Wagtail's ``IndexView`` or ``ReportView``.

    ``list_export`` and ``export_headings`` work as in Wagtail. Override
    ``export_rows`` to add columns that are read set-based, for a slice of objects at
    a time. Without ``export_permission`` the buttons are hidden and the export is
    refused; every export stands in the journal with its filter and columns.
    """

    export_permission = "crm_plugin.export_contact"

    def may_export(self) -> bool:
        return bool(self.request.user.has_perm(self.export_permission))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_export and not self.may_export():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def show_export_buttons(self) -> bool:
        return bool(self.list_export) and self.may_export()

    def export_header(self, queryset: Any) -> list[str]:
        """The headings, one for each cell that ``export_rows`` gives."""
        return [self.get_heading(queryset, name) for name in self.list_export]

    def export_rows(self, objects: list[Any]) -> Iterable[Sequence[Any]]:
        """The cells of a slice of objects (at most 2,000)."""
        for item in objects:
            yield [self._cell(name, item) for name in self.list_export]

    def _cell(self, name: str, item: Any) -> Any:
        value = multigetattr(item, name)
        process = self.custom_field_preprocess.get(name, {}).get(self.FORMAT_XLSX)
        return process(value) if process else value

    def as_spreadsheet(self, queryset: Any, spreadsheet_format: str) -> Any:
        header = self.export_header(queryset)
        self._log(queryset, header, spreadsheet_format)
        rows = self._sliced(queryset)
        name = f"{self.get_filename()}-{timezone.localdate():%Y-%m-%d}"
        if spreadsheet_format == self.FORMAT_CSV:
            return csv_response(header, rows, name=name)
        return xlsx_response(header, rows, name=name)

    def _sliced(self, queryset: Any) -> Iterator[Sequence[Any]]:
        objects = (
            queryset.iterator(chunk_size=SLICE)
            if hasattr(queryset, "iterator")
            else iter(queryset)
        )
        while part := list(islice(objects, SLICE)):
            yield from self.export_rows(part)

    def _log(self, queryset: Any, header: list[str], file_format: str) -> None:
        count = queryset.count() if hasattr(queryset, "iterator") else len(queryset)
        journal.record(
            "export",
            [(self._noun(queryset), 0, "export", None, self._asked(header, count))],
            by=self.request.user,
            summary=f"{self._noun(queryset)} {file_format} {count}",
        )

    def _noun(self, queryset: Any) -> str:
        model = getattr(queryset, "model", None) or self.model
        return model._meta.model_name if model else type(self).__name__.lower()

    def _asked(self, header: list[str], count: int) -> dict[str, Any]:
        """Filter, rows and columns; the words of a search may be a person's name."""
        asked = {
            name: "…" if name == self.search_kwarg else values
            for name, values in self.request.GET.lists()
            if name != "export" and any(values)
        }
        return {"filter": asked, "rows": count, "columns": [str(h) for h in header]}


class ColumnsExportMixin(SafeExportMixin):
    """A file with the columns of ``exported``, which ``list_export`` names."""

    exported: Columns = {}

    def export_header(self, queryset: Any) -> list[str]:
        return [str(heading) for heading, _cell in self.exported.values()]

    def export_rows(self, objects: list[Any]) -> Iterable[Sequence[Any]]:
        for row in objects:
            yield [cell(row) for _heading, cell in self.exported.values()]


class ShownExportMixin(ColumnsExportMixin):
    """A file with the columns that the list shows; for the short lists of a site."""

    list_export = ("shown",)

    @cached_property
    def exported(self) -> Columns:  # type: ignore[override]
        return {
            column.name: (column.label, column.get_value) for column in self.columns
        }


def said(field: Any, value: Any) -> Any:
    """The *value* of a mapped *field*, a date as a date: every program reads it again."""
    return value if field.type == "date" else field.display(value)


def may_export(user: Any) -> bool:
    return bool(user.has_perm(SafeExportMixin.export_permission))


def table(
    request: HttpRequest,
    noun: str,
    header: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    count: int,
    name: str,
) -> HttpResponseBase:
    """The file that ``?export=`` asks for, of a screen that is no list of Wagtail's.

    Who has no right to take it reads so; every file stands in the journal.
    """
    wanted = request.GET.get("export", "")
    if not may_export(request.user):
        return refused(request)
    if wanted not in WRITERS:
        raise Http404
    about = {"rows": count, "columns": [str(heading) for heading in header]}
    journal.record(
        "export",
        [(noun, 0, "export", None, about)],
        by=request.user,
        summary=f"{name} {wanted}",
    )
    return WRITERS[wanted](header, rows, name=name)


def refused(request: HttpRequest) -> HttpResponse:
    """Back to a screen of figures, which says that they may not be taken away."""
    messages.error(
        request, _("You have no right to export. Ask somebody who manages the users.")
    )
    asked = request.GET.copy()
    asked.pop("export", None)
    return redirect(f"{request.path}?{asked.urlencode()}" if asked else request.path)


def csv_response(
    header: Sequence[Any], rows: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """A download that is written while it is sent."""
    response = StreamingHttpResponse(
        sheets.csv_lines(header, rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def xlsx_response(
    header: Sequence[Any], rows: Iterable[Sequence[Any]], *, name: str
) -> FileResponse:
    response = FileResponse(
        sheets.xlsx_file(header, rows),
        as_attachment=True,
        content_type=XLSX_TYPE,
        filename=f"{name}.xlsx",
    )
    response["Cache-Control"] = "private, no-store"
    return response


WRITERS: dict[str, Callable[..., HttpResponseBase]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
}
