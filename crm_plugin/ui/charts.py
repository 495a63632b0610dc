"""Charts drawn on the server: SVG with a title, and always a table twin.

No script, no external asset; they print, and a screen reader gets the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString

WIDTH = 640
BAR_HEIGHT = 26
LABEL_WIDTH = 170
VALUE_WIDTH = 80
LINE_HEIGHT = 220
PAD = 36
# As many month names as stand side by side below a line.
LABELS = 6
CELL_HEIGHT = 44
GRID_HEAD = 24


@dataclass(frozen=True)
class Item:
    """One bar or point: its label, value, the text shown, and where a click leads."""

    label: str
    value: float
    text: str = ""
    url: str = ""
    tone: str = ""

    @property
    def shown(self) -> str:
        return self.text or number_format(
            self.value, use_l10n=True, force_grouping=True
        )


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

    def render(self) -> SafeString:
        return render_to_string(
            "crm_plugin/ui/chart.html", {"chart": self, "width": WIDTH}
        )

    def __str__(self) -> str:
        return self.render()

    __html__ = __str__

    @property
    def empty(self) -> bool:
        return not any(item.value for item in self.items)


def bars(
    title: str,
    items: Sequence[Item],
    *,
    label_heading: str = "",
    value_heading: str = "",
) -> Chart:
    """Horizontal bars, the longest filling the width; values in any one unit."""
    most = max((item.value for item in items), default=0) or 1
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    marks = [
        {
            "item": item,
            "y": number * BAR_HEIGHT + 4,
            "text_y": number * BAR_HEIGHT + 18,
            "width": max(round(item.value / most * room, 1), 1 if item.value else 0),
            "value_x": LABEL_WIDTH + max(round(item.value / most * room, 1), 0) + 6,
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
    most = max((item.value for item in items), default=0) or 1
    width = (WIDTH - LABEL_WIDTH) / max(len(columns), 1)
    marks = [
        {
            "item": item,
            "row": label if number == 0 else "",
            "x": round(LABEL_WIDTH + number * width, 1),
            "y": GRID_HEAD + place * CELL_HEIGHT,
            "middle": round(LABEL_WIDTH + (number + 0.5) * width, 1),
            "text_y": GRID_HEAD + place * CELL_HEIGHT + CELL_HEIGHT // 2 + 5,
            "width": round(width - 3, 1),
            "opacity": round(0.08 + 0.42 * item.value / most, 2),
        }
        for place, (label, row) in enumerate(zip(rows, cells, strict=True))
        for number, item in enumerate(row)
    ]
    heads = [
        {"label": label, "x": round(LABEL_WIDTH + (number + 0.5) * width, 1)}
        for number, label in enumerate(columns)
    ]
    height = GRID_HEAD + len(rows) * CELL_HEIGHT
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
    """One line over equally spaced periods, the first one at the left."""
    most = max((item.value for item in items), default=0) or 1
    step = (WIDTH - 2 * PAD) / max(len(items) - 1, 1)
    every = -(-len(items) // LABELS) or 1
    marks = [
        {
            "item": item,
            "x": round(PAD + number * step, 1),
            "y": round(LINE_HEIGHT - PAD - item.value / most * (LINE_HEIGHT - 60), 1),
            "labelled": number % every == 0,
        }
        for number, item in enumerate(items)
    ]
    return Chart("line", title, items, label_heading, value_heading, marks, LINE_HEIGHT)
