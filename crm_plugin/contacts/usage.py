"""Where an attribute is used: each room names its own places, said before it goes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .models import AttributeDefinition


@dataclass(frozen=True)
class Place:
    """One segment, page, text or sheet that names the attribute.

    ``kind`` says what it is, ``name`` what it is called ("" where the reader may not
    know), ``url`` leads to it. ``rule``: it asks the attribute's value by its type.
    """

    kind: str
    name: str = ""
    url: str = ""
    rule: bool = False


Source = Callable[[AttributeDefinition, Any], Iterable[Place]]
_sources: list[Source] = []


def source(function: Source) -> Source:
    """Register ``fn(definition, user) -> places``; a host app may add its own."""
    _sources.append(function)
    return function


def tag_pattern(definition: AttributeDefinition) -> str:
    """A regular expression for its merge tag, and for no longer key."""
    return rf"attribute\.{definition.key}([^a-z0-9_-]|$)"


def places(definition: AttributeDefinition, *, user: Any) -> list[Place]:
    """Everything that names *definition*, for *user* (None: without any names)."""
    return [place for find in _sources for place in find(definition, user)]
