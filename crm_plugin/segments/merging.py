"""Stays in segments when two records become one: dated stays are joined, not doubled."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from crm_plugin.contacts import changes
from crm_plugin.contacts.merge.joining import Merging
from crm_plugin.contacts.merge.undo import Parting

from .models import SegmentMembership

# Two stays became one, or one two, or they went with their contact: the change feed
# says so, members are counted anew.
JOINED = "stays"
Stay = tuple[dt.datetime, dt.datetime | None]


def join_stays(merging: Merging) -> None:
    """The survivor was in a segment whenever one of the two was."""
    own, other = (
        list(SegmentMembership.objects.filter(contact=each))
        for each in (merging.survivor, merging.duplicate)
    )
    both = {row.segment_id for row in other}
    mine = [row for row in own if row.segment_id in both]
    if both:
        changes.note([merging.survivor.pk], JOINED)
    stays: dict[int, list[Stay]] = defaultdict(list)
    for row in [*mine, *other]:
        stays[row.segment_id].append((row.entered_at, row.left_at))
    merging.take_out(SegmentMembership, [*mine, *other])
    merging.add(
        [
            SegmentMembership(
                segment_id=segment,
                contact_id=merging.survivor.pk,
                entered_at=entered,
                left_at=left,
            )
            for segment, dated in stays.items()
            for entered, left in union(dated)
        ]
    )


def union(stays: Iterable[Stay]) -> list[Stay]:
    """*stays* in order, those that touch or overlap made one."""
    joined: list[Stay] = []
    for entered, left in sorted(stays, key=lambda stay: stay[0]):
        if not joined or not _reaches(joined[-1], entered):
            joined.append((entered, left))
            continue
        first, until = joined[-1]
        open_ended = left is None or until is None
        joined[-1] = (first, None if open_ended else max(left, until))  # type: ignore[type-var]
    return joined


def _reaches(stay: Stay, moment: dt.datetime) -> bool:
    return stay[1] is None or stay[1] >= moment


def clear_stays(parting: Parting) -> None:
    """Make room for the stays as they were; the refresh closes what ended since.

    The joined ones go, though they may have ended meanwhile. One that began since
    stays, unless the record is still in that segment by a stay from before.
    """
    changes.note([parting.survivor.pk], JOINED)
    added, taken = _bundled(parting, "added"), _bundled(parting, "taken")
    rows = SegmentMembership.objects.filter(contact=parting.survivor)
    segments = {row["segment_id"] for row in added}
    rows.filter(segment__in=segments, entered_at__lte=parting.operation.at).delete()
    open_before = {
        row["segment_id"]
        for row in taken
        if row["left_at"] is None and row["contact_id"] == parting.survivor.pk
    }
    rows.filter(segment__in=open_before, left_at=None).delete()


def _bundled(parting: Parting, kind: str) -> list[dict]:
    label = SegmentMembership._meta.label_lower
    bundles = parting.operation.bundles.filter(model=label, kind=kind)
    return [row for bundle in bundles for row in bundle.rows]
