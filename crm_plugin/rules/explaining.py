"""Why is this contact in or out: the rule line by line, with the deciding facts."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .asking import evaluating
from .clauses import asked, clause, found_by
from .compiling import refuse_broken
from .registry import everyone
from .tree import Group, Leaf, parse
from .wording import match_phrase


@dataclass(frozen=True)
class Line:
    """One line of a rule for one contact; ``fact`` is what decided."""

    depth: int
    text: str
    holds: bool
    fact: str = ""


@dataclass(frozen=True)
class Explanation:
    """The verdict for one contact and how it came about."""

    holds: bool
    lines: list[Line]


def explain(value: Any, contact_id: int, at: dt.datetime | None = None) -> Explanation:
    """The rule's verdict on one contact; a few small queries per condition.

    Raises ``BrokenRule`` as ``compile_rule`` does.
    """
    tree = parse(value)
    refuse_broken(tree)
    at = at or timezone.now()
    if not everyone().filter(pk=contact_id).exists():
        line = Line(0, _("The record is archived or gone."), False)
        return Explanation(False, [line])
    lines: list[Line] = []
    return Explanation(_explain(tree, contact_id, at, 0, lines), lines)


def _explain(
    node: Group | Leaf, contact_id: int, at: dt.datetime, depth: int, lines: list[Line]
) -> bool:
    if isinstance(node, Leaf):
        with evaluating(node.condition.label):
            where = clause(found_by(node, at), asked)
            holds = everyone().filter(where, pk=contact_id).exists()
        fact, text = node.ask("explain", contact_id, at), node.ask("sentence")
        lines.append(Line(depth, text, holds, fact))
        return holds
    place = len(lines)
    verdicts = [
        _explain(child, contact_id, at, depth + 1, lines) for child in node.children
    ]
    holds = {"all": all, "any": any}.get(node.match, _none)(verdicts)
    lines.insert(place, Line(depth, match_phrase(node.match), holds))
    return holds


def _none(verdicts: list[bool]) -> bool:
    return not any(verdicts)
