"""What rules can ask about segments: their stored members, never their rules."""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .models import Segment, SegmentMembership


def offered(sensitive: bool = True) -> QuerySet[Segment]:
    segments = Segment.objects.all()
    return segments if sensitive else segments.filter(reads_sensitive=False)


class SegmentBlock(rules.ConditionBlock):
    """A segment that the reader may see, and whether one is in it."""

    state = blocks.ChoiceBlock(
        choices=[
            ("in", gettext_lazy("is a member now")),
            ("out", gettext_lazy("is not a member now")),
        ],
        default="in",
        label=gettext_lazy("the person"),
    )

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        segment = rules.RecordChoiceBlock(
            partial(offered, sensitive), label=gettext_lazy("segment")
        )
        super().__init__([("segment", segment)], **kwargs)


@rules.register
class InSegment(rules.Condition):
    name = "segment"
    label = gettext_lazy("Segment")
    icon = "group"
    group = gettext_lazy("Groups")
    aspects = frozenset({"segments"})

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return SegmentBlock(
            sensitive=sensitive, label=self.label, icon=self.icon, group=self.group
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        segment = _segment(value)
        if segment is None:
            raise rules.BrokenRule(
                [_("The segment “%(key)s” is gone.") % {"key": value["segment"]}]
            )
        members = SegmentMembership.objects.filter(segment=segment, left_at=None)
        found = members.values("contact_id")
        return found if value["state"] == "in" else rules.everyone_but(found)

    def reads_sensitive(self, value: Any) -> bool:
        segment = _segment(value)
        return segment is not None and segment.reads_sensitive

    def segments_read(self, value: Any) -> set[str]:
        return {value["segment"]} if value["segment"] else set()

    def sentence(self, value: Any) -> str:
        words = {"name": _segment(value) or value["segment"] or "…"}
        if value["state"] == "out":
            return _("no place in segment “%(name)s”") % words
        return _("a place in segment “%(name)s”") % words


def _segment(value: Any) -> Segment | None:
    return rules.find(Segment, value["segment"])
