"""Take a file in: recognise it, find its heading, stage its rows."""

import hashlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, override

from crm_plugin import queue, sheets

from . import headers, nouns
from .models import ImportBatch, ImportRow

KIND = "import-read"
SLICE = 2_000


def take_in(data: bytes, file_name: str, *, noun: str, by: Any) -> ImportBatch:
    """Keep an upload and have it read; small ones are read at once.

    Raises ``sheets.Refused`` for a file that cannot be used; nothing is kept then.
    """
    sheet = sheets.open_sheet(data, file_name)
    first = _first_rows(sheet)
    fields = nouns.fields_for(noun, by)
    at = headers.find_heading(first, fields, noun=noun)
    if len(first) == at + 1:
        raise sheets.Refused("no_rows")
    number, cells = first[at]
    names = _column_names(cells)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            noun=noun,
            file_name=PurePath(file_name.replace("\\", "/")).name[:200],
            file=data,
            sha256=hashlib.sha256(data).hexdigest(),
            encoding=sheet.encoding,
            sheet=sheet.name,
            headers=names,
            header_row=number,
            mapping=headers.guess(names, fields, noun=noun),
            options={"language": get_language() or ""},
            by=by,
        )
        queue.start(KIND, str(batch.pk), by=by)
    return batch


def _first_rows(sheet: sheets.Sheet) -> list[tuple[int, list[str]]]:
    """The first rows; a long sheet's other rows are not read yet."""
    return list(islice(sheet.rows(), headers.LOOK_AHEAD))


def _column_names(cells: list[str]) -> list[str]:
    """The headings, blank ones named by their letter as Excel does."""
    names = [" ".join(cell.split())[:120] for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [name or _letters(index) for index, name in enumerate(names)]


def _letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@queue.handler(KIND)
def read(work: queue.Work, until: float) -> bool:
    """Stage all rows; in one slice, because reading is fast and starts from the top."""
    batch = ImportBatch.objects.get(pk=work.key)
    if batch.state != ImportBatch.State.READING:
        return True
    try:
        with transaction.atomic(), override(batch.language):
            batch.row_count = _stage(batch, work)
            batch.state = ImportBatch.State.MAPPING
    except sheets.Refused as refused:
        with override(batch.language):
            batch.state, batch.error = ImportBatch.State.FAILED, str(refused)
    batch.save(update_fields=["row_count", "state", "error"])
    return True


def _stage(batch: ImportBatch, work: queue.Work) -> int:
    batch.rows.all().delete()
    sheet = sheets.open_sheet(bytes(batch.file), batch.file_name, sheet=batch.sheet)
    count = 0
    for part in _parts(_below_heading(sheet, batch), SLICE):
        ImportRow.objects.bulk_create(part)
        count += len(part)
    if not count:
        raise sheets.Refused("no_rows")
    work.advance(count, total=count)
    return count


def _below_heading(sheet: sheets.Sheet, batch: ImportBatch) -> Iterator[ImportRow]:
    width = len(batch.headers)
    for number, cells in sheet.rows():
        if number > batch.header_row:
            raw = (cells + [""] * width)[:width]
            if any(cell.strip() for cell in raw):
                yield ImportRow(batch=batch, number=number, raw=raw)


def _parts(rows: Iterator[ImportRow], size: int) -> Iterator[list[ImportRow]]:
    for first in rows:
        yield list(chain([first], islice(rows, size - 1)))
