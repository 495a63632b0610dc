"""Touchpoints, inquiries that are owed an answer, and dated next steps."""

from .follow_up import FollowUp, FollowUpQuerySet
from .frequency import ContactFrequency
from .inquiry import Inquiry, InquiryQuerySet
from .rating import Rating, RatingQuerySet
from .site import PageRead, SearchCount, SiteNote
from .touchpoint import Channel, Phase, Touchpoint, TouchpointQuerySet

__all__ = [
    "Channel",
    "ContactFrequency",
    "FollowUp",
    "FollowUpQuerySet",
    "Inquiry",
    "InquiryQuerySet",
    "PageRead",
    "Phase",
    "Rating",
    "RatingQuerySet",
    "SearchCount",
    "SiteNote",
    "Touchpoint",
    "TouchpointQuerySet",
]
