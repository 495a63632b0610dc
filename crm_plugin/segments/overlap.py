"""In which other segments those are whom a rule chooses."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from .models import Segment, SegmentMembership

LARGEST = 5


@dataclass(frozen=True)
class Shared:
    """So many of those who were looked at are also in *segment*."""

    segment: Segment
    number: int
    percent: int


def shared(ids: Collection[int], user: Any, *, but: Segment | None) -> list[Shared]:
    """The five segments in force that hold most of *ids*, as *user* may see them.

    From the stored memberships, in one query; the segment *but* is the rule's own.
    """
    if not ids:
        return []
    offered = Segment.objects.live().visible_to(user)
    if but is not None and but.pk:
        offered = offered.exclude(pk=but.pk)
    rows = SegmentMembership.objects.filter(
        contact_id__in=ids, left_at=None, segment__in=offered.values("pk")
    )
    counted = dict(
        rows.order_by()
        .values_list("segment")
        .annotate(number=Count("contact_id"))
        .order_by("-number", "segment")[:LARGEST]
    )
    found = Segment.objects.in_bulk(counted)
    return [
        Shared(found[pk], number, round(100 * number / len(ids)))
        for pk, number in counted.items()
    ]
