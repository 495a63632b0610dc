"""What is wrong with a rule, said beside the line that it is about."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

DEPTH = 4
# PostgreSQL plans a hundred in three seconds, three hundred in two minutes.
MOST_CONDITIONS = 100


def told_beside(
    stream: Any, told: Callable[[Any], list[str]]
) -> StreamBlockValidationError | None:
    """What *told* tells of each condition of *stream*, however deep it stands."""
    errors: dict[int, Any] = {}
    for place, child in enumerate(stream):
        if child.block_type == "group":
            if inner := told_beside(child.value["conditions"], told):
                errors[place] = StructBlockValidationError({"conditions": inner})
        elif found := told(child):
            errors[place] = StructBlockValidationError({}, found)
    return StreamBlockValidationError(errors) if errors else None


def too_many(stream: Any) -> StreamBlockValidationError | None:
    """The refusal of a rule that is too long, beside the first line that is too much."""
    line = next(islice(_lines(stream), MOST_CONDITIONS, None), None)
    if line is None:
        return None
    text = _(
        "A rule holds at most %(n)d conditions: from here on there are too many. Make a"
        " segment of some of them and ask for its members."
    )
    found = [text % {"n": MOST_CONDITIONS}]
    return told_beside(stream, lambda child: found if child is line else [])


def too_deep() -> str:
    text = _(
        "Groups can be at most %(n)d deep. Move these lines up, or make a segment of"
        " them and ask for its members."
    )
    return text % {"n": DEPTH}


def _lines(stream: Any) -> Iterator[Any]:
    for child in stream:
        if child.block_type == "group":
            yield from _lines(child.value["conditions"])
        else:
            yield child
