"""A rule as of a past day: what it would have chosen, of what had been by then.

Rows of later days do not exist, whoever was recorded later was nobody yet. Each condition
says whether it can be asked so: from which dated data, since when, or why not. What is
corrected or brought in afterwards counts for the day that it is about: the answer is what
is known today of that day, not what was known then.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import periods
from .asking import evaluating
from .clauses import Found, Parts, clause, collected
from .compiling import refuse_broken
from .registry import BrokenRule, Past, everyone_at
from .tree import Group, Leaf, parse, walk
from .wording import leaf_phrase


@dataclass(frozen=True)
class PastLine:
    """One condition of a rule, and whether past days can be asked about it."""

    text: str
    past: Past

    @property
    def dated(self) -> bool:
        return not self.past.why_not

    def why_not_on(self, day: dt.date) -> str:
        """Why it cannot be asked about *day*, in words; empty when it can."""
        if self.past.why_not:
            return str(self.past.why_not)
        since = self.past.since
        if since is None or day >= since:
            return ""
        first = date_format(since, "SHORT_DATE_FORMAT")
        return _("It is known only since %(day)s.") % {"day": first}


class Undated(ValueError):
    """A rule that cannot be asked about a day; ``lines`` are to blame."""

    def __init__(self, lines: Iterable[PastLine], day: dt.date) -> None:
        self.lines, self.day = list(lines), day
        said = [f"{line.text}: {line.why_not_on(day)}" for line in self.lines]
        super().__init__(" ".join(said))


def end_of(day: dt.date) -> dt.datetime:
    """The last moment of *day* on the site; of today, now."""
    last = periods.midnight(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)
    return min(last, timezone.now())


def past_lines(value: Any) -> list[PastLine]:
    """Each condition of the rule, and whether past days can be asked about it."""
    return [PastLine(leaf_phrase(leaf), _past(leaf)) for leaf in walk(value)]


def _past(leaf: Leaf) -> Past:
    try:
        return leaf.ask("past")
    except BrokenRule as error:
        return Past(why_not=str(error))


def first_day(value: Any) -> dt.date | None:
    """The first day that the rule can be asked about; None: any."""
    days = [line.past.since for line in past_lines(value)]
    return max((day for day in days if day is not None), default=None)


def refuse_undated(value: Any, day: dt.date) -> None:
    """Raise ``Undated`` where a condition cannot be asked about *day*."""
    blamed = [line for line in past_lines(value) if line.why_not_on(day)]
    if blamed:
        raise Undated(blamed, day)


def compile_as_of(value: Any, day: dt.date) -> QuerySet:
    """The ids of the contacts whom the rule would have chosen at the end of *day*.

    One query, as ``compile_rule`` gives it. Raises ``Undated`` where the data does not
    tell, ``BrokenRule`` as ``compile_rule`` does, ``ValueError`` for a day to come.
    """
    if day > periods.today(timezone.now()):
        raise ValueError(day)
    tree = parse(value)
    refuse_broken(tree)
    refuse_undated(tree, day)
    at = end_of(day)
    with evaluating():
        where = clause(_found(tree, at), collected)
    return everyone_at(at).filter(where).order_by().values_list("pk", flat=True)


def _found(node: Group | Leaf, at: dt.datetime) -> Found:
    """What the conditions of *node* answer about the end of a past day."""
    if isinstance(node, Leaf):
        return node.ask("as_of", at)
    return Parts(node.match, tuple(_found(child, at) for child in node.children))
