"""What rules can ask about moves between classes: stages, and schemes of segments."""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules

from . import movement
from .models import Segment, SegmentScheme
from .movement import NOWHERE, Between, Standing


def offered(sensitive: bool = True) -> QuerySet[Segment]:
    """The classes of every scheme, each with its scheme."""
    rows = Segment.objects.filter(scheme__isnull=False).select_related("scheme")
    rows = rows.order_by("scheme__name", "rest", "place", "pk")
    return rows if sensitive else rows.filter(reads_sensitive=False)


class ClassBlock(rules.RecordChoiceBlock):
    """A stage, a class of a scheme, none of them, or any."""

    def offered(self) -> list[tuple[Any, str]]:
        stages = movement.Stages()
        named = [(key, f"{stages}: {name}") for key, name in stages.classes().items()]
        any_, *classes = super().offered()
        return [any_, (NOWHERE, _("none: not known, or archived")), *named, *classes]

    def describe(self, record: Any) -> str:
        return f"{record.scheme}: {super().describe(record)}"


class MovedBlock(rules.PeriodBlock):
    """From where to where, between the first day of a period and its last."""

    throughout = blocks.BooleanBlock(
        required=False, label=gettext_lazy("without leaving it in between")
    )
    when = rules.periods.when("last", "dates", *rules.periods.CALENDAR)
    optional = {"before", "after", "throughout"}

    class Meta:
        form_layout = ["before", "after", "throughout", *rules.periods.FIELDS]

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        records, blank = partial(offered, sensitive), gettext_lazy("any, or none")
        words = {
            "before": gettext_lazy("at the start in"),
            "after": gettext_lazy("at the end in"),
        }
        sides = [
            (name, ClassBlock(records, blank=blank, label=label))
            for name, label in words.items()
        ]
        super().__init__(sides, **kwargs)


@rules.register
class MovedBetween(rules.Condition):
    """A cell of the movement table: where somebody stood at either end of a period.

    The ends are the moment at which its first day begins, and that at which its last
    day is over.
    """

    name = "moved"
    label = gettext_lazy("Moved between groups")
    icon = "order"
    group = gettext_lazy("Groups")
    aspects = frozenset({"segments", "stage", "uses"})

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return MovedBlock(
            sensitive=sensitive, label=self.label, icon=self.icon, group=self.group
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return movement.people(
            _of(value),
            _between(value, at),
            value["before"],
            value["after"],
            throughout=bool(value["throughout"]),
        )

    def past(self, value: Any) -> rules.Past:
        standing = _of(value)
        if isinstance(standing, movement.Stages):
            return rules.Past(_("the stages and their days"))
        source = _("the stays in “%(name)s”") % {"name": standing}
        return rules.Past(source, standing.since())

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """No boundary lies after *at*: who stood there then left it later, if at all."""
        return self.contacts(value, at)

    def problems(self, value: Any, user: Any) -> list[str]:
        found = super().problems(value, user)
        sides = _sides(value)
        belong = [movement.standing_of(key) for key in sides]
        places = {(type(one), getattr(one, "scheme_id", 0)) for one in belong}
        if value["when"] == "dates" and not (value["from_on"] and value["to_on"]):
            found.append(_("Give both dates."))
        if not sides:
            found.append(_("Choose a group for the start or for the end."))
        elif None in belong:
            found.append(_("The group that it asks for is gone."))
        elif len(places) > 1:
            found.append(_("Choose two groups of one scheme."))
        elif value["throughout"] and value["before"] != value["after"]:
            found.append(_("Who never left is in the same group at the start and end."))
        return found

    def reads_sensitive(self, value: Any) -> bool:
        named = [rules.find(Segment, key) for key in self.segments_read(value)]
        return any(segment and segment.reads_sensitive for segment in named)

    def segments_read(self, value: Any) -> set[str]:
        """The classes that it names; those of a scheme are refreshed together."""
        return {key for key in _sides(value) if not key.startswith(movement.STAGE)}

    def sentence(self, value: Any) -> str:
        before, after = value["before"], value["after"]
        words = {"before": _label(before), "after": _label(after)}
        if value["throughout"]:
            text = _("a stay in “%(before)s” throughout")
        elif before == after:
            text = _("a place in “%(before)s” at the start and at the end")
        elif before == NOWHERE:
            text = _("a first place, in “%(after)s”")
        elif after == NOWHERE:
            text = _("a place given up, in “%(before)s”")
        elif not before:
            text = _("a place in “%(after)s” at the end")
        elif not after:
            text = _("a place in “%(before)s” at the start")
        else:
            text = _("a move from “%(before)s” to “%(after)s”")
        return rules.periods.said(text % words, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        standing = _standing(value)
        if standing is None:
            return ""
        between = _between(value, at)
        theirs = standing.rows().filter(contact=contact_id)
        names = {"": "—"} | standing.classes()
        start, end = standing.at(between.first), standing.at(between.end)
        said = []
        for moment in (start, end):
            found = theirs.filter(moment).values_list(standing.column, flat=True)
            one = found.first()
            said.append(names.get("" if one is None else standing.name_of(one), ""))
        text = " → ".join(said)
        came_back = said[0] == said[1] != names[""]
        if (
            value["throughout"]
            and came_back
            and not theirs.filter(start & end).exists()
        ):
            return _("%(text)s, with a break") % {"text": text}
        return text


def _sides(value: Any) -> list[str]:
    sides = (value["before"], value["after"])
    return [key for key in sides if key not in ("", None, NOWHERE)]


def _standing(value: Any) -> Standing | None:
    return next((movement.standing_of(key) for key in _sides(value)), None)


def _of(value: Any) -> Standing:
    found = _standing(value)
    if found is None:
        raise rules.BrokenRule([_("The group that it asks for is gone.")])
    return found


def _between(value: Any, at: dt.datetime) -> Between:
    """The boundaries, the latest of them the end of the day: later nobody moved yet."""
    if value["when"] == "dates" and not (value["from_on"] and value["to_on"]):
        raise rules.BrokenRule([_("Give both dates.")])
    period, today = rules.periods.resolve(value, at), rules.periods.today(at)
    tomorrow = today + dt.timedelta(days=1)
    return Between(
        min(period.first or today, tomorrow), min(period.last or today, today)
    )


def _label(key: str) -> str:
    """A class as a sentence names it; A alone would say little."""
    if key in ("", None, NOWHERE):
        return "…"
    if key.startswith(movement.STAGE):
        return movement.Stages().classes().get(key, key)
    segment = rules.find(Segment, key)
    if segment is None:
        return key
    scheme = rules.find(SegmentScheme, segment.scheme_id, field="pk")
    return f"{scheme}: {segment}" if scheme else str(segment)
