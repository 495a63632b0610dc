"""Rules that one visit to the site answers: in memory, without any contact.

A visit may leave a question open: how often somebody came is not known without consent.
What is not known is neither true nor false, and "none of these" of it is not known
either: a segment holds a visit only where its rule is certainly true.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .gaps import refuse_unfinished
from .registry import BrokenRule, Condition, Values
from .tree import Group, Leaf, parse, walk

ASPECT = "visit"


class VisitCondition(Condition):
    """One thing that a rule can ask about a visit. A host site overrides this.

    Give ``name``, ``label``, an inner class ``Value``, ``matches`` and ``sentence``;
    then put ``@register`` over the class. See ``personalisation.visit.Visit`` for what
    a visit knows.
    """

    group: Any = gettext_lazy("This visit")
    icon = "view"
    aspects = frozenset({ASPECT})

    def block(self, *, sensitive: bool = True) -> Any:
        label = format_lazy("{}: {}", gettext_lazy("This visit"), self.label)
        return self.Value(label=label, icon=self.icon, group=self.group)

    def matches(self, value: Values, visit: Any) -> bool | None:
        """Whether it is true of *visit*; None where that is not known.

        Asked while a page is served: from what *visit* holds, never from a database.
        """
        raise NotImplementedError

    def contacts(self, value: Values, at: dt.datetime) -> Any:
        raise BrokenRule([asked_of_a_visit(self)])

    def next_change(self, value: Values, at: dt.datetime) -> dt.datetime | None:
        return None

    def problems(self, value: Values, user: Any) -> list[str]:
        return []


def asked_of_a_visit(condition: Condition) -> str:
    """Why *condition* chooses no contact."""
    text = _("“%(name)s” is asked of a visit to the site: it chooses no contacts.")
    return text % {"name": condition.label}


def asked_of_visits(value: Any) -> list[str]:
    """Why a rule with conditions on a visit chooses no contacts; else empty."""
    found = [
        asked_of_a_visit(leaf.condition)
        for leaf in walk(value)
        if leaf.condition.about_visit
    ]
    return list(dict.fromkeys(found))


def about_visits(value: Any) -> bool:
    """Whether the rule asks of a visit, and of nothing else."""
    kinds = {leaf.condition.about_visit for leaf in walk(value)}
    return kinds == {True}


def mixed(value: Any) -> list[str]:
    """Why a rule that asks of people and of a visit at once cannot be; else empty."""
    kinds = {leaf.condition.about_visit for leaf in walk(value)}
    if len(kinds) < 2:
        return []
    return [
        _(
            "This rule asks about people and about a visit at once. Make two segments:"
            " one of people and one of visits."
        )
    ]


def holds(value: Any, visit: Any) -> bool | None:
    """Whether the rule is true of *visit*; None where that is not known.

    Nothing is known of a rule that is unfinished, or broken in any other way.
    """
    tree = parse(value)
    try:
        refuse_unfinished(tree)
        return _holds(tree, visit)
    except BrokenRule:
        return None


def _holds(node: Group | Leaf, visit: Any) -> bool | None:
    if isinstance(node, Leaf):
        return node.ask("matches", visit) if node.condition.about_visit else None
    verdicts = [_holds(child, visit) for child in node.children]
    if node.match == "all":
        return _all(verdicts)
    # None of them: not one of them.
    one = _inverse(_all(map(_inverse, verdicts)))
    return _inverse(one) if node.match == "none" else one


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    """True if each is, false if one is false, else not known."""
    found = set(verdicts)
    if False in found:
        return False
    return None if None in found else True


def _inverse(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict
