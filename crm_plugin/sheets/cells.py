"""Where the cells of a sheet stand and how much they say, before memory is spent.

A sheet is held as a full rectangle, so one cell far away costs as much as all cells
up to it; and a shared text is copied into every cell that names it. Read with a real
XML parser: whatever a file spells oddly, both readers understand the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from .errors import Refused

CONTENTS = {"v", "is", "f"}


@dataclass
class Area:
    """The used rectangle of one sheet, and how many characters it holds."""

    rows: int = 0
    columns: int = 0
    characters: int = 0


def shared_texts(pieces: Iterable[bytes]) -> list[int]:
    """The lengths of the texts that cells may share."""
    lengths: list[int] = []

    def start(name: str, _attributes: Any) -> None:
        if _local(name) == "si":
            lengths.append(0)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    _parse(pieces, StartElementHandler=start, CharacterDataHandler=text)
    return lengths


def targets(pieces: Iterable[bytes]) -> list[str]:
    """The parts that a part of relations names."""
    found: list[str] = []

    def start(_name: str, attributes: dict[str, str]) -> None:
        found.append(attributes.get("Target", ""))

    _parse(pieces, StartElementHandler=start)
    return found


def area(pieces: Iterable[bytes], shared: list[int]) -> Area:
    """The area of one part; that of a part without cells is empty."""
    reader = _Reader(shared)
    _parse(pieces, StartElementHandler=reader.start, CharacterDataHandler=reader.text)
    return reader.area


@dataclass(slots=True)
class _Reader:
    """Follows the cells; one without an address stands next to the one before."""

    shared: list[int]
    area: Area = field(default_factory=Area)
    row: int = 0
    column: int = 0
    by_number: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2] if ":" in name else name
        if local == "c":
            self.by_number = attributes.get("t") == "s"
            address = attributes.get("r")
            if address is None:
                self.column += 1
            else:
                self._stand(address)
        elif local in CONTENTS:
            if self.row > self.area.rows:
                self.area.rows = self.row
            if self.column > self.area.columns:
                self.area.columns = self.column
        elif local == "row":
            self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
            self.by_number = False

    def text(self, data: str) -> None:
        """What a cell says itself, or the text that it names by its number."""
        if not self.by_number:
            self.area.characters += len(data)
        elif (number := _number(data.strip(), -1)) < len(self.shared):
            self.area.characters += self.shared[number] if number >= 0 else 0

    def _stand(self, address: str) -> None:
        letters = address.rstrip("0123456789")
        self.row = _number(address[len(letters) :], self.row)
        self.column = _column(letters) if letters else self.column + 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 12 else otherwise


@lru_cache(maxsize=1_000)
def _column(letters: str) -> int:
    if len(letters) > 7 or not (letters.isascii() and letters.isalpha()):
        raise Refused("broken")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _parse(pieces: Iterable[bytes], **handlers: Any) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_declarations
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("broken") from error


def _no_declarations(*_declared: Any) -> None:
    raise Refused("unsafe")
