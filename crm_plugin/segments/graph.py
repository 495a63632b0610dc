"""Segments that rest on segments: who must be refreshed first, and no circles."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

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


def circle(
    segment: Segment, value: Any, among: Iterable[Segment] | None = None
) -> list[str]:
    """The names on the way if *value* made a segment rest on itself, else empty.

    By way of whatever is stored, published or not, or of *among* alone.

    A class of a scheme rests on whatever the rules of the classes before it read: where
    *segment* is one, those behind it must not come to rest on themselves either.
    """
    graph = Graph(segment, among)
    return graph.way_back(graph.read_by(value))


class Graph:
    """What the segments rest on, looked up once, seen from one that is edited."""

    def __init__(
        self, segment: Segment, among: Iterable[Segment] | None = None
    ) -> None:
        stored = Segment.objects.all() if among is None else among
        self.segment = segment
        self.rows = schemes.gather(row for row in stored if row.pk != segment.pk)
        self.others = {other.key: other for other in self.rows}
        self.needs = needs_of(self.others.values())
        behind = {row.key for row in _behind(segment, self.rows)}
        self.ends = behind | {segment.key} - {""}

    def read_by(self, value: Any) -> set[str]:
        """What the segment reads by the rule *value*."""
        return _reads(self.segment, value, self.rows)

    def way_back(self, keys: set[str]) -> list[str]:
        """The names on the way from *keys* to where a circle closes, else empty."""
        return self._search(keys, [], set())

    def _search(self, keys: set[str], path: list[str], seen: set[str]) -> list[str]:
        for key in sorted(keys & self.ends):
            if key != self.segment.key:
                return [*path, str(self.others[key])]
            return path or [str(self.segment)]
        for key in sorted((keys & self.others.keys()) - seen):
            seen.add(key)
            name = str(self.others[key])
            if found := self._search(self.needs[key], [*path, name], seen):
                return found
        return []


def in_words(way: list[str]) -> str:
    text = _("The segment would rest on itself, by way of: %(way)s")
    return text % {"way": " → ".join(way)}


def refusal(segment: Segment) -> str:
    """Why this version of a segment must not come into force now, or empty.

    Two drafts may read each other: the second of them finds the first one in force.
    """
    way = circle(segment, segment.rule, Segment.objects.live())
    return in_words(way) if way else ""


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
    """The segments in force that change when *segment* does, also by way of others.

    The classes behind it change, too: they take whom it does not.
    """
    if segment.pk is None and segment.scheme_id is None:
        return []
    others = schemes.gather(Segment.objects.live().exclude(pk=segment.pk))
    needs, found = needs_of(others), _behind(segment, others)
    reached = {segment.key, *(row.key for row in found)}
    while more := [
        other
        for other in others
        if other.key not in reached and needs[other.key] & reached
    ]:
        reached |= {other.key for other in more}
        found += more
    return found


def unsettled(segment: Segment, rows: Iterable[Segment]) -> set[str]:
    """The keys of those that *segment* must not start, as they would start it again.

    Nothing is refreshed for ever where nothing rests on itself. Where something does,
    whatever leads there and back is left out; a scheme is refreshed as one.
    """
    rows = list(rows)
    needs, whole = needs_of(rows), _needs_of_wholes(rows)
    turn = {
        key
        for key in _reached(segment.key, whole)
        if segment.key in _reached(key, whole)
    }
    return turn if any(key in _reached(key, needs) for key in turn) else set()


def _needs_of_wholes(rows: list[Segment]) -> dict[str, set[str]]:
    """The same as ``needs_of``, and each class of a scheme needs all of it."""
    classes: dict[int, set[str]] = {}
    for row in rows:
        if row.scheme_id is not None:
            classes.setdefault(row.scheme_id, set()).add(row.key)
    needs = needs_of(rows)
    return {
        row.key: needs[row.key] | classes.get(row.scheme_id or 0, set()) for row in rows
    }


def _reached(key: str, needs: Needs) -> set[str]:
    """What *key* rests on, also by way of others; itself only in a circle."""
    found: set[str] = set()
    more = needs.get(key, set())
    while more := more - found:
        found |= more
        more = set().union(*(needs.get(one, set()) for one in more))
    return found
