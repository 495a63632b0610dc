"""Look at an .xlsx file before it is parsed: bombs, macros, entities, far cells."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from . import limits
from .errors import Refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 20
OVERLAP = 256
# A cell that holds something: not self-closed, whatever its namespace prefix.
_cell = re.compile(
    rb'<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br="([A-Z]{1,7})(\d{1,10})"[^<>]*>'
)


def check_workbook(data: bytes) -> None:
    """Raise ``Refused`` unless *data* is a harmless workbook of bearable size."""
    if data.startswith(OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise Refused("encrypted" if encrypted else "old_excel")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
            for part in archive.infolist():
                _check_contents(archive, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Refused("broken") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > limits.MAX_PARTS or any(map(_leaves_archive, names)):
        raise Refused("unsafe")
    if any("vbaproject" in name.lower() for name in names):
        raise Refused("macro")
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused("encrypted")
    if "[Content_Types].xml" not in names:
        raise Refused("broken")
    _check_growth(parts)


def _leaves_archive(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name


def _check_growth(parts: list[zipfile.ZipInfo]) -> None:
    total = sum(part.file_size for part in parts)
    large = [part for part in parts if part.file_size > CHUNK]
    shrunk = [part.file_size / max(part.compress_size, 1) for part in large]
    if total > limits.max_bytes() * limits.MAX_GROWTH or any(
        ratio > limits.MAX_RATIO for ratio in shrunk
    ):
        raise Refused("too_big_inside")


def _check_contents(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack one part as a stream: its checksum holds, it declares no entities."""
    name = part.filename.lower()
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    columns: set[bytes] = set()
    last_row = 0
    for piece in _pieces(archive, part):
        if is_xml and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
            raise Refused("unsafe")
        if name == "[content_types].xml" and b"macroEnabled" in piece:
            raise Refused("macro")
        if is_sheet:
            found = [
                match.groups()
                for match in _cell.finditer(piece)
                if not match.group().endswith(b"/>")
            ]
            columns.update(letters for letters, _row in found)
            last_row = max([last_row, *(int(row) for _letters, row in found)])
    if columns:
        check_area(last_row, max(_column_number(letters) for letters in columns))


def check_area(rows: int, columns: int) -> None:
    """Refuse a sheet whose used area is too large to hold."""
    if columns > limits.MAX_COLUMNS:
        raise Refused("too_many_columns", limit=limits.MAX_COLUMNS)
    if rows > limits.MAX_ROWS or rows * columns > limits.MAX_CELLS:
        most = min(limits.MAX_ROWS, limits.MAX_CELLS // max(columns, 1))
        raise Refused("too_many_rows", limit=most)


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that overlap, so that nothing hides on a border."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            yield tail + chunk
            tail = chunk[-OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
