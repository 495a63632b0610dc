"""Charts drawn on the server: SVG with a title, and always a table twin.

No script, no external asset; they print, and a screen reader gets the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString

WIDTH = 640
BAR_HEIGHT = 26
LABEL_WIDTH = 170
VALUE_WIDTH = 80
LINE_HEIGHT = 220
PAD = 36
# As many labels as stand side by side below a line, if they are short enough.
LABELS = 6
CELL_HEIGHT = 44
HEAD_LINE = 15
# Headings of columns are small, and have no room for the widest signs.
HEAD_SIZE = 0.8
# A heading of a column takes so many lines, what is longer is cut.
HEAD_LINES = 3
# A label of a bar is about as small as that.
LABEL_SIZE = 0.85


@dataclass(frozen=True)
class Item:
    """One bar or point: its label, value, the text shown, and where a click leads.

    A point of a line without a value (None) is a gap, which is not the same as nothing.
    The line has the tone of its points; ``note`` says in the table what that means.
    """

    label: str
    value: float | None
    text: str = ""
    url: str = ""
    tone: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        if self.text or self.value is None:
            return self.text or "–"
        return number_format(self.value, use_l10n=True, force_grouping=True)

    @property
    def size(self) -> float:
        return self.value or 0

    @property
    def told(self) -> str:
        """What is shown, and what must be said of it beside the drawing."""
        return f"{self.shown} ({self.note})" if self.note else self.shown


@dataclass(frozen=True)
class Chart:
    """A drawn figure; ``str()`` gives the HTML with its table twin."""

    kind: str
    title: str
    items: Sequence[Item]
    label_heading: str = ""
    value_heading: str = ""
    marks: list[dict[str, Any]] = field(default_factory=list)
    height: int = 0
    heads: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, str]] = field(default_factory=list)

    def render(self) -> SafeString:
        return render_to_string(
            "crm_plugin/ui/chart.html", {"chart": self, "width": WIDTH}
        )

    def __str__(self) -> str:
        return self.render()

    __html__ = __str__

    @property
    def leads(self) -> bool:
        """Whether any of it can be clicked."""
        return any(item.url for item in self.items)

    @property
    def empty(self) -> bool:
        return not any(item.value for item in self.items)


def _drawn(text: str) -> int:
    """About how wide *text* is; a Japanese sign is as wide as two Latin ones."""
    return sum(15 if east_asian_width(sign) in "WF" else 9 for sign in text)


def _cut(text: str, room: float) -> str:
    """*text* as far as it fits."""
    whole = text
    while _drawn(text) * LABEL_SIZE > room:
        text = text[:-1]
    return text if text == whole else f"{text[:-1]}…"


def _in_lines(text: str, room: float) -> list[str]:
    """*text* in lines that fit: broken at spaces, and within words where it must be."""
    lines = [""]
    for sign in text:
        if lines[-1] and _drawn(lines[-1] + sign) * HEAD_SIZE > room:
            start, space, rest = lines[-1].rpartition(" ")
            hyphen = "-" if lines[-1].isascii() and sign.isalpha() else ""
            lines[-1:] = [start, rest] if space else [lines[-1] + hyphen, ""]
        lines[-1] += sign
    lines = [line.strip() for line in lines]
    if len(lines) > HEAD_LINES:
        lines = [*lines[: HEAD_LINES - 1], f"{lines[HEAD_LINES - 1][:-1]}…"]
    return lines


def bars(
    title: str,
    items: Sequence[Item],
    *,
    label_heading: str = "",
    value_heading: str = "",
) -> Chart:
    """Horizontal bars, the longest filling the width; values in any one unit."""
    most = max((item.size for item in items), default=0) or 1
    widest = max((_drawn(item.shown) for item in items), default=0)
    room = WIDTH - LABEL_WIDTH - max(VALUE_WIDTH, widest + 6)
    marks = [
        {
            "item": item,
            "label": _cut(item.label, LABEL_WIDTH - 6),
            "y": number * BAR_HEIGHT + 4,
            "text_y": number * BAR_HEIGHT + 18,
            "width": max(round(item.size / most * room, 1), 1 if item.value else 0),
            "value_x": LABEL_WIDTH + max(round(item.size / most * room, 1), 0) + 6,
        }
        for number, item in enumerate(items)
    ]
    return Chart(
        "bars",
        title,
        items,
        label_heading,
        value_heading,
        marks,
        len(items) * BAR_HEIGHT + 6,
    )


def grid(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Item]],
    *,
    label_heading: str = "",
    value_heading: str = "",
) -> Chart:
    """Squares in rows and columns, the fuller the darker; each with its figure."""
    items = [item for row in cells for item in row]
    most = max((item.size for item in items), default=0) or 1
    width = (WIDTH - LABEL_WIDTH) / max(len(columns), 1)
    told = [_in_lines(label, width - 4) for label in columns]
    head = 8 + HEAD_LINE * max((len(lines) for lines in told), default=1)
    marks = [
        {
            "item": item,
            "row": label if number == 0 else "",
            "x": round(LABEL_WIDTH + number * width, 1),
            "y": head + place * CELL_HEIGHT,
            "middle": round(LABEL_WIDTH + (number + 0.5) * width, 1),
            "text_y": head + place * CELL_HEIGHT + CELL_HEIGHT // 2 + 5,
            "width": round(width - 3, 1),
            "opacity": round(0.08 + 0.42 * item.size / most, 2),
        }
        for place, (label, row) in enumerate(zip(rows, cells, strict=True))
        for number, item in enumerate(row)
    ]
    heads = [
        {
            "label": line,
            "x": round(LABEL_WIDTH + (number + 0.5) * width, 1),
            "y": HEAD_LINE * place + 12,
        }
        for number, lines in enumerate(told)
        for place, line in enumerate(lines)
    ]
    height = head + len(rows) * CELL_HEIGHT
    return Chart(
        "grid", title, items, label_heading, value_heading, marks, height, heads
    )


def line(
    title: str,
    items: Sequence[Item],
    *,
    label_heading: str = "",
    value_heading: str = "",
) -> Chart:
    """One line over equally spaced periods, the first one at the left.

    It breaks where an item has no value. As many points are labelled as have the room,
    the last of them always.
    """
    most = max((item.size for item in items), default=0) or 1
    step = (WIDTH - 2 * PAD) / max(len(items) - 1, 1)
    widest = max(
        (_drawn(text) for i in items for text in (i.label, i.shown)), default=0
    )
    # Those at the ends stand further inside than their points.
    room = max(widest, 1.5 * widest - PAD)
    every = max(ceil(len(items) / LABELS), ceil(room / step), 1)
    marks = [
        {
            "item": item,
            "x": (x := round(PAD + number * step, 1)),
            "y": round(LINE_HEIGHT - PAD - item.size / most * (LINE_HEIGHT - 60), 1),
            "known": item.value is not None,
            "labelled": (len(items) - 1 - number) % every == 0,
            "text_x": min(max(x, widest / 2), WIDTH - widest / 2),
        }
        for number, item in enumerate(items)
    ]
    runs = [
        run
        for known, group in groupby(marks, key=lambda mark: mark["known"])
        if known
        for run in _legs(list(group))
    ]
    return Chart(
        "line",
        title,
        items,
        label_heading,
        value_heading,
        marks,
        LINE_HEIGHT,
        runs=runs,
    )


def _legs(run: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A line in pieces of one tone each: that of either end."""
    pairs = pairwise(run if run[1:] else run * 2)
    tones = (one["item"].tone or two["item"].tone for one, two in pairs)
    found, place = [], 0
    for tone, legs in groupby(tones):
        last = place + len(list(legs))
        points = " ".join(f"{mark['x']},{mark['y']}" for mark in run[place : last + 1])
        found.append({"tone": tone, "points": points})
        place = last
    return found
