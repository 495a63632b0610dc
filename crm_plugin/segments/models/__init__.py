from .picks import SegmentPick
from .segment import PICKED, Segment, SegmentQuerySet
from .stays import SegmentMembership, SegmentRefresh

__all__ = [
    "PICKED",
    "Segment",
    "SegmentMembership",
    "SegmentPick",
    "SegmentQuerySet",
    "SegmentRefresh",
]
