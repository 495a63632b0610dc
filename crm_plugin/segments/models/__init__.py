from .past import SegmentPastCount
from .picks import SegmentPick
from .schemes import SegmentScheme, SegmentSchemeQuerySet
from .segment import PICKED, Segment, SegmentQuerySet
from .stays import SegmentMembership, SegmentRefresh
from .turns import PreviewTurn

__all__ = [
    "PICKED",
    "PreviewTurn",
    "Segment",
    "SegmentMembership",
    "SegmentPastCount",
    "SegmentPick",
    "SegmentQuerySet",
    "SegmentRefresh",
    "SegmentScheme",
    "SegmentSchemeQuerySet",
]
