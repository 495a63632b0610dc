"""Write sheets that no program mistakes for formulas."""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

# What a spreadsheet program may read as a formula, half and full width, also behind
# spaces; numbers and phone numbers that begin with a sign are not formulas.
_formula = re.compile(r"'*[\s\ufeff]*[=+\-@＝＋－＠]")
_leading_control = re.compile(r"'*[\t\r\n]")
_signed_number = re.compile(r"[+-]\d[\d ().,-]*")
_illegal = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _needs_escape(text: str) -> bool:
    if _leading_control.match(text):
        return True
    return bool(_formula.match(text)) and not _signed_number.fullmatch(text)


def escape_formula(text: str) -> str:
    """Put an apostrophe before what would run; ``unescape_formula`` takes it off.

    The pair is exact for every text, also for one that begins with apostrophes.
    """
    return f"'{text}" if _needs_escape(text) else text


def unescape_formula(text: str) -> str:
    if text.startswith("'") and _needs_escape(text[1:]):
        return text[1:]
    return text


def plain(value: Any) -> str:
    """A value as a CSV cell says it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return _local(value).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple | set):
        return ", ".join(plain(item) for item in value)
    return _illegal.sub("", str(value))


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The sheet as UTF-8 lines with the mark that makes Excel read Japanese."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL)
    yield b"\xef\xbb\xbf"
    for row in _chain(header, rows):
        writer.writerow([escape_formula(plain(value)) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def xlsx_file(
    header: Sequence[Any], rows: Iterable[Sequence[Any]], *, title: str = "Sheet1"
) -> Any:
    """The sheet as an open temporary file, read from its start.

    Texts are forced to be texts, so nothing in them is evaluated; numbers, dates and
    times stay what they are.
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    heading = [_cell(sheet, value) for value in header]
    for cell in heading:
        cell.font = bold
    sheet.append(heading)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    output = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115
    workbook.save(output)
    output.seek(0)
    return output


def _cell(sheet: Any, value: Any) -> WriteOnlyCell:
    if isinstance(value, dt.datetime):
        cell = WriteOnlyCell(sheet, _local(value).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, dt.date | dt.time | int | float | Decimal):
        cell = WriteOnlyCell(sheet, value)
    else:
        cell = WriteOnlyCell(sheet, plain(value)[:32_767])
        cell.data_type = "s"
    return cell


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _chain(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[Any]:
    if header:
        yield header
    yield from rows
