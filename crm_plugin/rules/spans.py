"""The limits that a condition sets to one figure of a contact."""

from collections.abc import Hashable
from typing import Any, NamedTuple


class Span(NamedTuple):
    """The figure that is meant, and the least and the most it may be (None: open)."""

    of: Hashable
    least: Any = None
    most: Any = None
