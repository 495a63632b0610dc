"""Read an upload as a stream of numbered rows of text."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import python_calamine

from . import limits, text_files
from .errors import Refused
from .workbook_guard import check_area, check_workbook

TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
MACRO_SUFFIXES = {".xlsm", ".xltm", ".xlsb", ".xlam"}


@dataclass(frozen=True)
class Sheet:
    """One readable sheet; ``rows()`` may be called again and starts anew."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    name: str = ""
    names: list[str] = field(default_factory=list)
    _source: Any = None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """``(row number as in Excel, cells as text)``; empty rows are left out.

        Raises ``Refused`` for a row that cannot be read.
        """
        if self.kind == "csv":
            numbered = text_files.records(self._source, self.delimiter)
        else:
            numbered = _workbook_rows(self._source)
        for number, cells in numbered:
            if any(cell.strip() for cell in cells):
                yield number, cells[: limits.MAX_COLUMNS]


def open_sheet(data: bytes, file_name: str, *, sheet: str = "") -> Sheet:
    """Recognise *data* by name and content; ``Refused`` names what is wrong.

    *sheet* chooses one of a workbook's sheets; default is the first visible one
    that is not empty.
    """
    check_at_sight(data, file_name)
    if _suffix(file_name) in TEXT_SUFFIXES:
        return _open_text(data)
    return _open_workbook(data, sheet)


def check_at_sight(data: bytes, file_name: str) -> None:
    """Refuse what its size, name or first bytes give away, before it costs anything."""
    suffix = _suffix(file_name)
    if not data.strip(b"\0 \t\r\n"):
        raise Refused("empty")
    if len(data) > limits.max_bytes():
        raise Refused("too_large", limit=limits.max_bytes() // 1024 // 1024)
    if suffix in MACRO_SUFFIXES:
        raise Refused("macro")
    if suffix == ".xls":
        raise Refused("old_excel")
    if suffix not in {*TEXT_SUFFIXES, ".xlsx"}:
        raise Refused("extension")


def _suffix(file_name: str) -> str:
    return PurePath(file_name.lower()).suffix


def _open_text(data: bytes) -> Sheet:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Refused("broken")
    text, encoding = text_files.decode(data)
    if not text.strip():
        raise Refused("empty")
    delimiter = text_files.delimiter_of(text)
    return Sheet("csv", encoding, delimiter, _source=text)


def _open_workbook(data: bytes, wanted: str) -> Sheet:
    check_workbook(data)
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(data))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        if wanted and wanted not in names:
            raise Refused("no_such_sheet")
        for name in [wanted] if wanted else names:
            sheet = workbook.get_sheet_by_name(name)
            check_area(sheet.total_height, sheet.total_width)
            if sheet.height:
                return Sheet("xlsx", name=name, names=names, _source=sheet)
    except python_calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except python_calamine.CalamineError as error:
        raise Refused("broken") from error
    raise Refused("empty")


def _workbook_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [cell_text(cell) for cell in cells]
        if any(len(text) > limits.MAX_CELL for text in texts):
            raise Refused("cell_too_long", row=number, limit=limits.MAX_CELL)
        yield number, texts


def cell_text(value: Any) -> str:
    """What a cell says: whole numbers without point, dates and times as ISO."""
    if isinstance(value, str):
        return value.replace("_x000D_", "")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dt.timedelta):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    return str(value)
