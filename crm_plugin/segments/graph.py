"""Segments that rest on segments: who must be refreshed first, and no circles."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm_plugin import rules

from . import schemes
from .models import Segment

Needs = Mapping[str, set[str]]


def needs_of(segments: Iterable[Segment]) -> dict[str, set[str]]:
    """``{key: keys of the segments that its rule reads}``."""
    return {segment.key: rules.segments_read(segment.tree) for segment in segments}


def ordered(segments: Iterable[Segment], needs: Needs) -> list[Segment]:
    """The segments with those first on which others rest."""
    by_key = {segment.key: segment for segment in segments}
    done: dict[str, Segment] = {}

    def place(key: str, path: frozenset[str]) -> None:
        if key in done or key not in by_key or key in path:
            return
        for needed in sorted(needs.get(key, ())):
            place(needed, path | {key})
        done[key] = by_key[key]

    for key in sorted(by_key):
        place(key, frozenset())
    return list(done.values())


def circle(segment: Segment, value: Any) -> list[str]:
    """The names on the way if *value* made *segment* rest on itself, else empty."""
    rows = schemes.gather(Segment.objects.exclude(pk=segment.pk))
    others = {other.key: other for other in rows}
    needs = needs_of(others.values())

    def search(keys: set[str], path: list[str]) -> list[str]:
        for key in sorted(keys):
            if key == segment.key:
                return path
            if key in others and str(others[key]) not in path:
                found = search(needs[key], [*path, str(others[key])])
                if found:
                    return found
        return []

    direct = rules.segments_read(value)
    if segment.key and segment.key in direct:
        return [str(segment)]
    return search(direct, []) if segment.key else []
