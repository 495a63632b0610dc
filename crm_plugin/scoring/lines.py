"""One line of a score: points for whom a rule is true, once or for each time."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_plugin import rules

EACH = "each"
# What segments tell, also by who was put into them by hand, and what scores tell: a
# line that asked for it would rest on itself, or tell on what is hidden later. A visit is no contact.
LATER = frozenset({"segments", "picks", "scores", "visit"})
# A new, merged or archived record may have points by what it has not.
EVERY_LINE = frozenset({"fields"})


@dataclass(frozen=True)
class Line:
    """*points* for whom *tree* is true: once, or for each time of its one condition.

    ``most``: so many times' points at most. ``half_life``: after so many days half of
    an event's points are left.
    """

    tree: rules.Group
    points: int
    each: bool = False
    most: int | None = None
    half_life: int | None = None

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Line":
        """A line from the editor's value."""
        each = value.get("given") == EACH
        return cls(
            rules.parse(value["rule"]),
            value["points"] or 0,
            each,
            (value.get("most") or None) if each else None,
            (value.get("half_life") or None) if each else None,
        )

    @property
    def counting(self) -> rules.Leaf | None:
        """The one condition whose events count, where there is just one."""
        children = self.tree.children
        only = children[0] if len(children) == 1 else None
        return only if isinstance(only, rules.Leaf) else None

    @property
    def least(self) -> int:
        """From how many times on there are points."""
        leaf = self.counting
        return int(leaf.value.get("number") or 0) if leaf else 0

    def events(self, at: dt.datetime, *, past: bool = False) -> rules.Events:
        """What gives the points of a line for each time; ``BrokenRule`` if nothing."""
        leaf, what = self.counting, "events_as_of" if past else "events"
        events = leaf.ask(what, at) if leaf else None
        if events is None or self._counts_down():
            raise rules.BrokenRule([self._uncountable()])
        return events

    def problems(self, user: Any = None) -> list[str]:
        """What stands against this line, for *user* (None: any reader)."""
        if found := rules.problems(self.tree, user):
            return found
        try:
            self.refuse_what_is_later()
            rules.compile_rule(self.tree)
            if self.each:
                self.events(timezone.now())
        except rules.BrokenRule as error:
            return error.problems
        return []

    def refuse_what_is_later(self) -> None:
        """Raise ``BrokenRule`` for segments and scores: a score never rests on itself."""
        found = [
            _("A score cannot ask for this: %(condition)s.")
            % {"condition": leaf.condition.label}
            for leaf in self.leaves
            if leaf.condition.aspects & LATER
        ]
        if found:
            raise rules.BrokenRule(found)

    @property
    def leaves(self) -> list[rules.Leaf]:
        return list(rules.walk(self.tree))

    def _counts_down(self) -> bool:
        leaf = self.counting
        return leaf is None or (leaf.value.get("how") or "at_least") != "at_least"

    def _uncountable(self) -> str:
        return _(
            "Points for each time need one single condition that counts with “at"
            " least”, such as pages read, purchases, bookings or clicks."
        )

    def next_change(self, at: dt.datetime) -> dt.datetime | None:
        """When its points may change although nothing happens; None for never."""
        moving = {"when": "last"} if self.half_life else {}
        moments = [rules.next_change(self.tree, at)]
        moments.append(rules.periods.next_change(moving, at))
        return min((moment for moment in moments if moment), default=None)

    @property
    def sentence(self) -> str:
        """The line in plain language; never raises."""
        words = {"points": said(self.points), "what": self._what()}
        if not self.each:
            return _("%(points)s: %(what)s") % words
        text = _("%(points)s for each: %(what)s") % words
        if self.most:
            times = ngettext("at most once", "at most %(n)d times", self.most)
            text += _(", %(more)s") % {"more": times % {"n": self.most}}
        if self.half_life:
            days = ngettext(
                "half as much after a day",
                "half as much after %(n)d days",
                self.half_life,
            )
            text += _(", %(more)s") % {"more": days % {"n": self.half_life}}
        return text

    def _what(self) -> str:
        if self.counting is None:
            return rules.sentence(self.tree)
        try:
            return self.counting.ask("sentence")
        except rules.BrokenRule:
            return rules.sentence(self.tree)


def read(value: Iterable[Any]) -> list[Line]:
    """The lines of a score's stream."""
    return [Line.read(child.value) for child in value]


def too_many(lines: Iterable[Line]) -> list[str]:
    """What stands against so many conditions: together they become one query."""
    if sum(len(line.leaves) for line in lines) <= rules.MOST_CONDITIONS:
        return []
    words = {"n": rules.MOST_CONDITIONS}
    return [_("A score holds at most %(n)d conditions.") % words]


def said(points: int | float, *, sign: bool = True) -> str:
    """A number of points in words, by default with its sign."""
    whole = round(points, 1)
    number = number_format(abs(whole), 0 if whole == int(whole) else 1)
    before = "−" if whole < 0 else "+" if sign and whole > 0 else ""
    number = f"{before}{number}"
    several = 1 if abs(whole) == 1 else 2
    words = ngettext("%(points)s point", "%(points)s points", several)
    return words % {"points": number}
