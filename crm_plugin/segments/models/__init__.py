from .picks import SegmentPick
from .schemes import SegmentScheme, SegmentSchemeQuerySet
from .segment import PICKED, Segment, SegmentQuerySet
from .stays import SegmentMembership, SegmentRefresh

__all__ = [
    "PICKED",
    "Segment",
    "SegmentMembership",
    "SegmentPick",
    "SegmentQuerySet",
    "SegmentRefresh",
    "SegmentScheme",
    "SegmentSchemeQuerySet",
]
