"""What rules can ask about segments: their stored members, never their rules."""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .models import Segment, SegmentMembership

STATES = {
    "in": gettext_lazy("is a member now"),
    "out": gettext_lazy("is not a member now"),
    "was": gettext_lazy("was a member"),
    "entered": gettext_lazy("became a member"),
    "left": gettext_lazy("stopped being a member"),
}
DATED = {"was", "entered", "left"}


def named(sensitive: bool = True) -> QuerySet[Segment]:
    segments = Segment.objects.of_people()
    return segments if sensitive else segments.filter(reads_sensitive=False)


class SegmentChoiceBlock(rules.RecordChoiceBlock):
    """A segment in force; another one is there only where a rule names it already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=rules.SelectWithdrawn(), **kwargs)

    def describe(self, record: Segment) -> str:
        if record.in_force:
            return str(record)
        return rules.Withdrawn(_("%(name)s (not published)") % {"name": record})


class SegmentBlock(rules.PeriodBlock):
    """A segment that the reader may see, and whether, or when, one is in it."""

    state = blocks.ChoiceBlock(
        choices=list(STATES.items()), default="in", label=gettext_lazy("the person")
    )
    when = rules.periods.past("last")
    shown = rules.periods.shown_by("state", DATED)

    class Meta:
        form_layout = ["segment", "state", *rules.periods.FIELDS]

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        segment = SegmentChoiceBlock(
            partial(named, sensitive), label=gettext_lazy("segment")
        )
        super().__init__([("segment", segment)], **kwargs)


@rules.register
class InSegment(rules.Condition):
    """Now, or at some moment of a period; who came back entered more than once."""

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
        if why_not := _why_not(segment, value):
            raise rules.BrokenRule([why_not])
        stays = SegmentMembership.objects.filter(segment=segment)
        if value["state"] in DATED:
            return stays.filter(_in_period(value, at)).values("contact_id")
        found = stays.filter(left_at=None).values("contact_id")
        return rules.everyone_but(found) if value["state"] == "out" else found

    def past(self, value: Any) -> rules.Past:
        """Its stays tell, from the day on which it was first published."""
        segment = _segment(value)
        if segment is None or segment.first_published_at is None:
            name = {"name": segment or value["segment"]}
            return rules.Past(why_not=_("“%(name)s” has no stays yet.") % name)
        since = rules.periods.today(segment.first_published_at)
        return rules.Past(_("the stays in “%(name)s”") % {"name": segment}, since)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        begun = SegmentMembership.objects.filter(
            segment=_segment(value), entered_at__lte=at
        )
        if value["state"] in DATED:
            by_then = Q(left_at__lte=at) if value["state"] == "left" else Q()
            stays = begun.filter(_in_period(value, at), by_then)
            return stays.values("contact_id")
        still = Q(left_at=None) | Q(left_at__gt=at)
        found = begun.filter(still).values("contact_id")
        return rules.everyone_but(found) if value["state"] == "out" else found

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return super().next_change(value, at) if value["state"] in DATED else None

    def problems(self, value: Any, user: Any) -> list[str]:
        found = super().problems(value, user) if value["state"] in DATED else []
        why_not = _why_not(_segment(value), value)
        return [*found, why_not] if why_not else found

    def reads_sensitive(self, value: Any) -> bool:
        segment = _segment(value)
        return segment is not None and segment.reads_sensitive

    def segments_read(self, value: Any) -> set[str]:
        return {value["segment"]} if value["segment"] else set()

    def span(self, value: Any) -> rules.Span | None:
        if value["state"] in DATED:
            return None
        return rules.spans.one_of((self.name, value["segment"]), [value["state"]])

    def sentence(self, value: Any) -> str:
        words = {"name": _segment(value) or value["segment"] or "…"}
        text = {
            "out": _("no place in segment “%(name)s”"),
            "was": _("a stay in segment “%(name)s”"),
            "entered": _("an entry into segment “%(name)s”"),
            "left": _("an exit from segment “%(name)s”"),
        }.get(value["state"], _("a place in segment “%(name)s”")) % words
        return rules.periods.said(text, value) if value["state"] in DATED else text

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        stays = SegmentMembership.objects.filter(
            segment=_segment(value), contact=contact_id
        )
        latest = list(stays.order_by("-entered_at")[:3])
        return ", ".join(
            f"{_day(row.entered_at)}–{_day(row.left_at)}" for row in latest
        ) or _("never")


def _why_not(segment: Segment | None, value: Any) -> str:
    """Why nobody can be told to be in it, or to have been; empty when they can.

    Who is a member now is known of a segment in force alone: of another one "is not a
    member" would be everybody. Its stays of past days are as true as they were.
    """
    if segment is None:
        return _("The segment “%(key)s” is gone.") % {"key": value["segment"]}
    if segment.of_visits:
        text = _("The segment “%(name)s” is of visits: it has no members.")
    elif value["state"] in DATED and not segment.kind_is_settled:
        text = _("The segment “%(name)s” has never been published: nobody was in it.")
    elif value["state"] not in DATED and not segment.in_force:
        text = _("The segment “%(name)s” is not published: nobody is in it.")
    else:
        return ""
    return text % {"name": segment}


def _in_period(value: Any, at: dt.datetime) -> Q:
    """Stays that touch the period, begin in it or end in it.

    The moment of leaving is no longer part of a stay. Whoever is a member *at* that
    moment stays one: of days after it nobody has left yet.
    """
    period = rules.periods.resolve(value, at)
    if value["state"] != "was":
        column = "entered_at" if value["state"] == "entered" else "left_at"
        return Q(**{f"{column}__isnull": False, **period.moments(column)})
    begun, over = period.moments("entered_at"), period.moments("left_at")
    until = {key: moment for key, moment in begun.items() if key.endswith("__lt")}
    since = over.get("left_at__gte")
    touching = Q(**until)
    if since is not None:
        touching &= Q(left_at=None) | Q(left_at__gt=min(since, at))
    return touching


def _day(moment: dt.datetime | None) -> str:
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT")


def _segment(value: Any) -> Segment | None:
    return rules.find(Segment, value["segment"])
