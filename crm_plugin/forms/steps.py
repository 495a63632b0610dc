"""A form in several steps, without script and without anything kept on the server.

Each step is a page with the answers to the others inside it, as they were typed; every
one is judged again when the form is sent. Going back keeps everything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from .only_if import clean_name

PAGE = "page"
AT, SEEN, GO, BACK, NEXT = "crm_step", "crm_seen", "crm_go", "back", "next"


@dataclass(frozen=True)
class Step:
    """One page of a form: its title and the names of its fields."""

    title: str
    names: tuple[str, ...]


def steps_of(rows: Iterable[Any]) -> list[Step]:
    """The steps that an editor's rows make: each "new page" begins one.

    One without a field is none; a form without a "new page" has a single step.
    """
    title, names = "", []
    steps: list[Step] = []
    for row in rows:
        if row.field_type == PAGE:
            steps.append(Step(title, tuple(names)))
            title, names = row.label, []
        else:
            names.append(clean_name(row))
    steps.append(Step(title, tuple(names)))
    return [step for step in steps if step.names] or steps[-1:]


def number(typed: str | None, steps: Sequence[Step]) -> int:
    """The number of a step that a browser sent, as far as there is such a step."""
    if not typed or not typed.isdecimal() or len(typed) > 3:
        return 0
    return min(int(typed), len(steps) - 1)


def carried(widget: forms.Widget, name: str, posted: Any) -> list[tuple[str, str]]:
    """What a browser sent for one field, for hidden inputs of another step."""
    if hasattr(widget, "carried"):
        return widget.carried(name)
    names = [name]
    if isinstance(widget, forms.MultiWidget):
        names = [name + suffix for suffix in widget.widgets_names]
    return [(sent, value) for sent in names for value in posted.getlist(sent)]
