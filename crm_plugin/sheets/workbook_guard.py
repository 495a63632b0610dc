"""Look at an .xlsx file before it is parsed: bombs, macros, entities, far cells."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from . import limits
from .cells import Area, area, shared_texts, targets
from .errors import Refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 20
OVERLAP = 16
SHARED = "xl/sharedStrings.xml"
SHEETS_AT = "xl/_rels/workbook.xml.rels"
# Parts that need not be good XML; no sheet may hide behind such a name.
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf")
NO_SHEETS = (*IMAGES, ".bin", ".vml")


def check_workbook(data: bytes) -> None:
    """Raise ``Refused`` unless *data* is a harmless workbook of bearable size."""
    if data.startswith(OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise Refused("encrypted" if encrypted else "old_excel")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
            _check_contents(archive)
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


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Unpack every part as a stream: checksums hold, no entities, a bearable area."""
    shared: list[int] = []
    for part in archive.infolist():
        if part.filename == SHARED:
            shared += shared_texts(_pieces(archive, part))
        elif part.filename == SHEETS_AT:
            found = targets(_pieces(archive, part))
            if any(target.lower().endswith(NO_SHEETS) for target in found):
                raise Refused("unsafe")
    for part in archive.infolist():
        _check_words(part.filename.lower(), _pieces(archive, part))
        if not part.filename.lower().endswith(NO_SHEETS):
            _check_area(area(_pieces(archive, part), shared))


def _check_area(found: Area) -> None:
    check_area(found.rows, found.columns)
    if found.characters > limits.MAX_CHARACTERS:
        raise Refused("too_big_inside")


def _check_words(name: str, pieces: Iterator[bytes]) -> None:
    """Nothing that a spreadsheet never needs, also where a border cuts it in two."""
    tail = b""
    for chunk in pieces:
        piece = tail + chunk
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise Refused("unsafe")
        if name == "[content_types].xml" and b"macroEnabled" in piece:
            raise Refused("macro")
        tail = chunk[-OVERLAP:]


def check_area(rows: int, columns: int) -> None:
    """Refuse a sheet whose used area is too large to hold."""
    if columns > limits.MAX_COLUMNS:
        raise Refused("too_many_columns", limit=limits.MAX_COLUMNS)
    if rows > limits.MAX_ROWS or rows * columns > limits.MAX_CELLS:
        most = min(limits.MAX_ROWS, limits.MAX_CELLS // max(columns, 1))
        raise Refused("too_many_rows", limit=most)


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
