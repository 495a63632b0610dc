"""What rules can ask about segments that people are put into by hand."""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules

from .models import PICKED, Segment, SegmentPick
from .picks import ASPECT


def offered(sensitive: bool = True) -> QuerySet[Segment]:
    segments = Segment.objects.filter(hand_picked=True)
    return segments if sensitive else segments.filter(reads_sensitive=False)


class PickedBlock(rules.ConditionBlock):
    """One of the segments that people are put into by hand."""

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        segment = rules.RecordChoiceBlock(
            partial(offered, sensitive), label=gettext_lazy("hand-picked segment")
        )
        super().__init__([("segment", segment)], **kwargs)


@rules.register
class IsPicked(rules.Condition):
    """Who was put into a segment by hand; its other conditions play no part."""

    name = PICKED
    label = gettext_lazy("Hand-picked")
    undated = gettext_lazy(
        "Who was taken out since is not kept with the days. Ask for the segment itself:"
        " its stays are."
    )
    icon = "pick"
    group = gettext_lazy("Groups")
    aspects = frozenset({ASPECT})

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return PickedBlock(
            sensitive=sensitive, label=self.label, icon=self.icon, group=self.group
        )

    def offered(self) -> bool:
        return offered().exists()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value).filter(picked_at__lte=at).values("contact_id")

    def _rows(self, value: Any) -> QuerySet[SegmentPick]:
        segment = rules.find(Segment, value["segment"])
        if segment is None:
            raise rules.BrokenRule(
                [_("The segment “%(key)s” is gone.") % {"key": value["segment"]}]
            )
        return SegmentPick.objects.filter(segment=segment)

    def reads_sensitive(self, value: Any) -> bool:
        segment = rules.find(Segment, value["segment"])
        return segment is not None and segment.picked_sensitive

    def problems(self, value: Any, user: Any) -> list[str]:
        try:
            self._rows(value)
        except rules.BrokenRule as error:
            return error.problems
        return super().problems(value, user)

    def sentence(self, value: Any) -> str:
        name = rules.find(Segment, value["segment"])
        return _("a place in “%(name)s” by hand") % {
            "name": name or value["segment"] or "…"
        }

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value).filter(contact=contact_id).select_related("picked_by")
        row = rows.first()
        if row is None:
            return _("none")
        day = date_format(localtime(row.picked_at), "SHORT_DATE_FORMAT")
        if row.picked_by is None:
            return day
        return _("%(day)s, by %(name)s") % {
            "day": day,
            "name": row.picked_by.get_full_name() or row.picked_by.get_username(),
        }
