"""Segments that rest on segments: who must be refreshed first, and no circles."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm_plugin import rules

from . import schemes
from .models import Segment, SegmentScheme

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
    """The names on the way if *value* made a segment rest on itself, else empty.

    A class of a scheme rests on whatever the rules of the classes before it read: where
    *segment* is one, those behind it must not come to rest on themselves either.
    """
    rows = schemes.gather(Segment.objects.exclude(pk=segment.pk))
    others = {other.key: other for other in rows}
    needs = needs_of(others.values())
    ends = {row.key for row in _behind(segment, rows)} | {segment.key} - {""}
    seen: set[str] = set()

    def search(keys: set[str], path: list[str]) -> list[str]:
        for key in sorted(keys & ends):
            if key != segment.key:
                return [*path, str(others[key])]
            return path or [str(segment)]
        for key in sorted((keys & others.keys()) - seen):
            seen.add(key)
            if found := search(needs[key], [*path, str(others[key])]):
                return found
        return []

    return search(_reads(segment, value, rows), [])


def circle_in(scheme: SegmentScheme) -> list[str]:
    """The same for the classes of *scheme* in the order in which they stand."""
    found = (circle(row, row.rule) for row in scheme.classes.in_order())
    return next((way for way in found if way), [])


def _behind(segment: Segment, rows: Iterable[Segment]) -> list[Segment]:
    """The classes that choose after *segment* does, in force or not."""
    if segment.scheme_id is None:
        return []
    classes = (row for row in rows if row.scheme_id == segment.scheme_id)
    return [row for row in classes if row.order > segment.order]


def _reads(segment: Segment, value: Any, rows: Iterable[Segment]) -> set[str]:
    """What *value* reads, and what the classes before it do."""
    found = rules.segments_read(value)
    if segment.scheme_id is None:
        return found
    for row in rows:
        if row.scheme_id == segment.scheme_id and row.order < segment.order:
            found |= rules.segments_read(row.rule) if row.in_force else set()
    return found


def resting_on(segment: Segment) -> list[Segment]:
    """The segments in force that change when *segment* does, also by way of others."""
    if segment.pk is None:
        return []
    others = schemes.gather(Segment.objects.live().exclude(pk=segment.pk))
    needs = needs_of(others)
    reached, found = {segment.key}, []
    while more := [
        other
        for other in others
        if other.key not in reached and needs[other.key] & reached
    ]:
        reached |= {other.key for other in more}
        found += more
    return found
