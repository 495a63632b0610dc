"""CSV and TSV: which encoding, which delimiter, which record is which row."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from . import limits
from .errors import Refused
from .writing import unescape_formula

DELIMITERS = ",\t;"
_private_use = re.compile("[\ue000-\uf8ff]")


def decode(data: bytes) -> tuple[str, str]:
    """The text of *data* and the encoding it was read with.

    Excel and Japanese tills write a mark of their own, UTF-8, or the Windows code
    page 932; anything else is refused rather than shown as gibberish.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp932"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or _private_use.search(text):
            raise Refused("encoding")
        if encoding == "utf-8-sig" and not data.startswith(codecs.BOM_UTF8):
            encoding = "utf-8"
        return text, encoding
    raise Refused("encoding")


def delimiter_of(text: str) -> str:
    """The separator that gives the first records the most even, widest shape."""
    head = text[:20_000]

    def shape(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        widths = []
        try:
            for record in reader:
                if any(record):
                    widths.append(len(record))
                if len(widths) == 10:
                    break
        except csv.Error:
            return 0, 0
        usual = max(widths, key=widths.count, default=0)
        return usual, widths.count(usual)

    return max(DELIMITERS, key=shape)


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records: the number is the row that Excel shows for the same file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            _check_record(number, record)
            yield number, [unescape_formula(cell) for cell in record]
    except csv.Error as error:
        raise Refused("cell_too_long", row=number + 1, limit=limits.MAX_CELL) from error


def _check_record(number: int, record: list[str]) -> None:
    if number > limits.MAX_ROWS:
        raise Refused("too_many_rows", limit=limits.MAX_ROWS)
    if len(record) > limits.MAX_COLUMNS and any(record[limits.MAX_COLUMNS :]):
        raise Refused("too_many_columns", limit=limits.MAX_COLUMNS)
    if any(len(cell) > limits.MAX_CELL for cell in record):
        raise Refused("cell_too_long", row=number, limit=limits.MAX_CELL)
