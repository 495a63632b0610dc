"""Take a file in: recognise it, find its heading, stage its rows."""

import hashlib
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, override

from crm_plugin import queue, sheets

from . import headers, nouns
from .checking import breathe
from .models import ImportBatch, ImportRow

KIND = "import-read"
SLICE = 2_000
# Files of this size (in bytes) are opened while the person waits.
SMALL = 1 << 20


def take_in(data: bytes, file_name: str, *, noun: str, by: Any) -> ImportBatch:
    """Keep an upload and have it read; ``SMALL`` ones are recognised at once.

    Raises ``sheets.Refused`` for a file that cannot be used; nothing is kept then. A
    large one is opened by the worker, which leaves it ``FAILED`` with the reason.
    """
    batch = ImportBatch(
        noun=noun,
        file_name=PurePath(file_name.replace("\\", "/")).name[:200],
        file=data,
        sha256=hashlib.sha256(data).hexdigest(),
        options={"language": get_language() or ""},
        by=by,
    )
    sheets.check_at_sight(data, file_name)
    if len(data) <= SMALL:
        _recognise(batch, sheets.open_sheet(data, file_name))
    with transaction.atomic():
        batch.save()
        queue.start(KIND, str(batch.pk), by=by)
    return batch


def _recognise(batch: ImportBatch, sheet: sheets.Sheet) -> None:
    """Find the heading and guess what its columns mean."""
    first = _first_rows(sheet)
    fields = nouns.fields_for(batch.noun, batch.by)
    at = headers.find_heading(first, fields, noun=batch.noun)
    if len(first) == at + 1:
        raise sheets.Refused("no_rows")
    batch.header_row, cells = first[at]
    batch.headers = _column_names(cells)
    batch.encoding, batch.sheet = sheet.encoding, sheet.name
    batch.mapping = headers.guess(batch.headers, fields, noun=batch.noun)


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
    """Stage the rows in slices; a later slice opens the file again and goes on."""
    batch = ImportBatch.objects.get(pk=work.key)
    if batch.state != ImportBatch.State.READING:
        return True
    with override(batch.language):
        try:
            if not _stage(batch, work, until):
                return False
        except sheets.Refused as refused:
            batch.rows.all().delete()
            batch.state, batch.error = ImportBatch.State.FAILED, str(refused)
    if batch.state == ImportBatch.State.READING:
        batch.state, batch.row_count = ImportBatch.State.MAPPING, work.position
    batch.save()
    return True


def _stage(batch: ImportBatch, work: queue.Work, until: float) -> bool:
    """Store slices of rows until the time is over; true when all are stored."""
    sheet = sheets.open_sheet(bytes(batch.file), batch.file_name, sheet=batch.sheet)
    if not batch.headers:
        _recognise(batch, sheet)
        batch.save()
    last = work.result.get("last", batch.header_row)
    for part in _parts(_rows_after(last, sheet, batch), SLICE):
        with transaction.atomic():
            ImportRow.objects.bulk_create(part)
            position = work.position + len(part)
            work.advance(position, result={"last": part[-1].number})
        breathe()
        if time.monotonic() > until:
            return False
    if not work.position:
        raise sheets.Refused("no_rows")
    return True


def _rows_after(
    last: int, sheet: sheets.Sheet, batch: ImportBatch
) -> Iterator[ImportRow]:
    width = len(batch.headers)
    for number, cells in sheet.rows():
        raw = (cells + [""] * width)[:width]
        if number > last and any(cell.strip() for cell in raw):
            yield ImportRow(batch=batch, number=number, raw=raw)


def _parts(rows: Iterator[ImportRow], size: int) -> Iterator[list[ImportRow]]:
    for first in rows:
        yield list(chain([first], islice(rows, size - 1)))
