"""Schemes: segments of which everybody is in exactly one, refreshed to one moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from wagtail.log_actions import log

from crm_plugin import journal

from .models import Segment, SegmentScheme
from .ready_made_schemes import SCHEMES

Definitions = Iterable[Mapping[str, Any]]


def together(segment: Segment) -> list[Segment]:
    """The segment, or every class of its scheme in order, each knowing those before.

    *segment* itself stands among them as it is in memory.
    """
    if segment.scheme_id is None:
        return [segment]
    others = Segment.objects.filter(scheme=segment.scheme_id).exclude(pk=segment.pk)
    return gather(sorted([segment, *others], key=lambda row: row.order))


def gather(segments: Iterable[Segment]) -> list[Segment]:
    """The same segments, each knowing the classes before it without a query.

    Only classes in force count, and only those that are among *segments*.
    """
    rows = list(segments)
    by_scheme: dict[int, list[Segment]] = defaultdict(list)
    for row in rows:
        if row.scheme_id is not None and row.in_force:
            by_scheme[row.scheme_id].append(row)
    for row in rows:
        others = by_scheme.get(row.scheme_id or 0, [])
        found = [other for other in others if other.order < row.order]
        row.before = sorted(found, key=lambda other: other.order)
    return rows


def create(
    key: str,
    name: str,
    *,
    name_ja: str = "",
    description: str = "",
    classes: Definitions = (),
    by: Any = None,
) -> SegmentScheme:
    """A scheme with *classes* (fields of segments, in order) and a rest, in force.

    A class whose key another segment has gets one of its own. Raises
    ``IntegrityError`` when the key of the scheme is taken.
    """
    classes = list(classes)
    with transaction.atomic():
        scheme = SegmentScheme.objects.create(
            key=key, name=name, name_ja=name_ja, description=description
        )
        rows = [
            Segment(**{**fields, "scheme": scheme, "place": place})
            for place, fields in enumerate(classes)
        ]
        for row in _with_free_keys([*rows, _rest_of(scheme)]):
            _publish(row, by)
    return scheme


def key_for(name: str) -> str:
    """A key that no scheme has, and that no ready-made one would need."""
    key = slugify(name)[:40] or "scheme"
    taken = key in SCHEMES or SegmentScheme.objects.filter(key=key).exists()
    return _another(key) if taken else key


def _with_free_keys(rows: list[Segment]) -> list[Segment]:
    keys = [row.key for row in rows]
    taken = set(Segment.objects.filter(key__in=keys).values_list("key", flat=True))
    for row in rows:
        row.key = _another(row.key) if row.key in taken else row.key
    return rows


def _another(key: str) -> str:
    return f"{key[:50]}-{get_random_string(6).lower()}"


def delete(scheme: SegmentScheme, *, by: Any) -> None:
    """Delete the scheme with all its classes and their stays, used or not."""
    with transaction.atomic():
        for row in scheme.classes.all():
            log(row, "wagtail.delete", user=by, deleted=True)
        scheme.classes.all().delete()
        gone = ("segmentscheme", scheme.pk, "", journal.whole(scheme), None)
        journal.record("delete", [gone], by=by, summary=str(scheme))
        scheme.delete()


def _rest_of(scheme: SegmentScheme) -> Segment:
    return Segment(
        key=f"{scheme.key}-rest",
        name="Everybody else",
        name_ja="その他の方",
        scheme=scheme,
        rest=True,
    )


def _publish(segment: Segment, by: Any) -> None:
    segment.live = False
    segment.save()
    segment.save_revision(user=by).publish(user=by)


def last_place(scheme: SegmentScheme) -> int:
    """The place after every class but the rest."""
    found = scheme.classes.filter(rest=False).aggregate(last=Max("place"))["last"]
    return 0 if found is None else found + 1


def order_of(scheme: SegmentScheme) -> list[int]:
    """The ids of the classes that can be moved, in the order in which they choose."""
    rows = scheme.classes.filter(rest=False).in_order()
    return list(rows.values_list("pk", flat=True))


def move(segment: Segment, step: int, *, by: Any, seen: Sequence[int] = ()) -> bool:
    """Let *segment* choose one class earlier (-1) or later (1); whether it could.

    *seen* are the ids of classes in the order that the reader saw. Raises
    ``journal.Stale`` when they stand in another one by now. The caller starts a refresh.
    """
    with transaction.atomic():
        locked = Segment.objects.select_for_update().filter(scheme=segment.scheme_id)
        rows = list(locked.filter(rest=False).in_order())
        if seen and [row.pk for row in rows if row.pk in seen] != list(seen):
            raise journal.Stale
        here = next(i for i, row in enumerate(rows) if row.pk == segment.pk)
        there = here + step
        if not 0 <= there < len(rows):
            return False
        rows[here], rows[there] = rows[there], rows[here]
        _keep_places(rows, by)
    return True


def _keep_places(rows: list[Segment], by: Any) -> None:
    """Write the order of the classes, and in the journal whose place is another now."""
    moved = [(place, row) for place, row in enumerate(rows) if row.place != place]
    for place, row in moved:
        Segment.objects.filter(pk=row.pk).update(place=place)
    about = rows[0].scheme_id or 0
    journal.record(
        "move",
        [("segment", row.pk, "place", row.place, place, about) for place, row in moved],
        by=by,
        summary=str(rows[0].scheme),
    )
