"""What an uploaded file really is, told by its content and not by its name."""

import unicodedata
import zipfile
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAME_LENGTH = 120
# A file's real type, and the endings that its name may have.
ENDINGS: dict[str, tuple[str, ...]] = {
    "jpeg": ("jpg", "jpeg"),
    "png": ("png",),
    "gif": ("gif",),
    "webp": ("webp",),
    "heic": ("heic", "heif"),
    "pdf": ("pdf",),
    "docx": ("docx",),
    "xlsx": ("xlsx",),
    "pptx": ("pptx",),
    "text": ("txt", "csv"),
}
IMAGES = ("jpeg", "png", "gif", "webp", "heic")
SETS: dict[str, tuple[str, ...]] = {
    "image": IMAGES,
    "pdf": ("pdf",),
    "image_pdf": (*IMAGES, "pdf"),
    "document": ("pdf", "docx", "xlsx", "pptx", "text"),
    "any": tuple(ENDINGS),
}
SET_NAMES = {
    "image": gettext_lazy("pictures"),
    "pdf": gettext_lazy("PDF"),
    "image_pdf": gettext_lazy("pictures and PDF"),
    "document": gettext_lazy("documents (PDF, Word, Excel, PowerPoint, text)"),
    "any": gettext_lazy("pictures and documents"),
}
_PARTS = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
MOST_PARTS = 5_000


class NotAccepted(ValueError):
    """A file that is too large, empty, or not what it may be; said in words."""


def check(file: Any, *, kinds: str, most_bytes: int) -> str:
    """The real type of an uploaded *file*. Raises ``NotAccepted``.

    *file* has a ``name``, a ``size`` and can be read and sought.
    """
    if not file.size:
        raise NotAccepted(_("This file is empty."))
    if file.size > most_bytes:
        limit = {"size": in_words(most_bytes)}
        raise NotAccepted(_("This file is too large: %(size)s at most.") % limit)
    found, ending = real_type(file), ending_of(file.name)
    if found not in SETS[kinds] or ending not in ENDINGS[found]:
        said = {"kinds": SET_NAMES[kinds], "endings": ", ".join(endings(kinds))}
        text = _("Please choose one of these: %(kinds)s (%(endings)s).")
        raise NotAccepted(text % said)
    return found


def endings(kinds: str) -> list[str]:
    """The endings that names of these *kinds* may have."""
    return [f".{ending}" for found in SETS[kinds] for ending in ENDINGS[found]]


def real_type(file: BinaryIO) -> str:
    """One of ``ENDINGS`` by what the file holds, or "" for anything else."""
    file.seek(0)
    head = file.read(32)
    file.seek(0)
    for found, matches in (
        ("jpeg", head.startswith(b"\xff\xd8\xff")),
        ("png", head.startswith(b"\x89PNG\r\n\x1a\n")),
        ("gif", head[:6] in (b"GIF87a", b"GIF89a")),
        ("webp", head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
        ("heic", head[4:8] == b"ftyp" and head[8:12] in _HEIC),
        ("pdf", head.startswith(b"%PDF-")),
    ):
        if matches:
            return found
    if head.startswith(b"PK\x03\x04"):
        return _office(file)
    return "text" if _is_text(file) else ""


def _office(file: BinaryIO) -> str:
    """Which document a zip is; one with macros, or any other zip, is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return ""
    finally:
        file.seek(0)
    if len(names) > MOST_PARTS or any("vbaproject" in name.lower() for name in names):
        return ""
    return next((_PARTS[name] for name in names if name in _PARTS), "")


def _is_text(file: BinaryIO) -> bool:
    content = file.read()
    file.seek(0)
    if b"\0" in content:
        return False
    for encoding in ("utf-8-sig", "cp932"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def ending_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def clean_name(name: str) -> str:
    """A file's name without folders and signs that nobody sees, not too long."""
    base = str(name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        sign
        for sign in unicodedata.normalize("NFC", base)
        if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and sign not in '<>:"|?*'
    ).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:NAME_LENGTH] or "file"
    return f"{stem[: NAME_LENGTH - 10] or 'file'}.{ending[:8]}"


def in_words(size: int) -> str:
    """A size as people read it."""
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB".replace(".0 ", " ")
    return f"{max(1, size // 1024)} KB"
