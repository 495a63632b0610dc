"""Who is in which segment: read from stored stays, never from rules."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from .models import SegmentMembership


def current(contact_ids: Iterable[int]) -> dict[int, set[int]]:
    """``{contact id: ids of the segments in force that it is in now}``; one query."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = _open().filter(contact__in=list(contact_ids))
    for contact_id, segment_id in rows.values_list("contact_id", "segment_id"):
        found[contact_id].add(segment_id)
    return dict(found)


def holds(segment_id: int, contact_id: int) -> bool:
    """Whether the contact has a stay in it that is not over, whatever its rule says."""
    stays = SegmentMembership.objects.filter(segment=segment_id, contact=contact_id)
    return stays.filter(left_at=None).exists()


def members(segment_ids: Iterable[int]) -> QuerySet:
    """The ids of the contacts that are in any of these segments now."""
    return _open().filter(segment__in=list(segment_ids)).values("contact_id")


def excluded() -> QuerySet:
    """The ids of the contacts that an exclusion segment keeps out of everything."""
    return _open().filter(segment__excludes_always=True).values("contact_id")


def stays(contact_id: int) -> QuerySet[SegmentMembership]:
    """Every stay of one contact, the latest first, with its segment."""
    rows = SegmentMembership.objects.filter(contact=contact_id)
    return rows.select_related("segment").order_by("-entered_at")


def _open() -> QuerySet[SegmentMembership]:
    in_force = Q(segment__live=True, segment__active=True)
    return SegmentMembership.objects.filter(in_force, left_at=None)
