"""The limits that a condition sets to one figure of a contact."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

NOTHING = frozenset({None})


class Span(NamedTuple):
    """The figure that is meant, and what it may be.

    ``least`` and ``most`` are its limits (None: open); ``keys``, in their place, are all
    that it may be. ``days`` are the fields of the period in which the figure is counted.
    ``moves``: its limits are days that come later every day.
    """

    of: Hashable
    least: Any = None
    most: Any = None
    keys: frozenset[Any] | None = None
    days: Mapping[str, Any] | None = None
    moves: bool = False


def one_of(figure: Hashable, keys: Iterable[Any]) -> Span:
    """One of *keys*: of a figure of which each contact has at most one."""
    return Span(figure, keys=frozenset(keys))


def some_or_none(figure: Hashable, *, none: bool) -> Span:
    """There is one, whatever it is; or there is none."""
    return Span(figure, keys=NOTHING if none else None)
