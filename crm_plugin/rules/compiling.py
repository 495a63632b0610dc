"""From a rule to one query, which starts from the smallest of its sets."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from . import counts
from .asking import evaluating
from .clauses import (
    EveryoneBut,
    asked,
    clause,
    collected,
    everyone_but,
    found_by,
    listed,
)
from .driving import driven
from .gaps import refuse_unfinished
from .registry import BrokenRule, everyone
from .tree import Group, parse
from .visits import asked_of_visits


def compile_rule(
    value: Any,
    at: dt.datetime | None = None,
    *,
    among: Collection[int] | None = None,
) -> QuerySet:
    """One QuerySet of contact ids (``values_list("pk", flat=True)``).

    Nothing else of a contact may be asked of it. *at* is the moment for relative dates,
    now by default. With *among*, only these contacts are looked at, in every part of
    the rule: the cost follows their number, not the number of contacts. Raises ``BrokenRule`` for a rule that
    is empty, unfinished or unknown, and for whatever a condition raises.
    """
    tree, at = parse(value), at or timezone.now()
    refuse_broken(tree)
    with evaluating():
        if among is None:
            return driven(tree, at)
        where = clause(found_by(tree, at), asked)
    contacts = everyone().filter(pk__in=listed(among))
    return contacts.filter(where).order_by().values_list("pk", flat=True)


def why_broken(value: Any) -> list[str]:
    """Why ``compile_rule`` refuses the rule, in words; empty when it does not."""
    try:
        tree = parse(value)
        refuse_broken(tree)
        with evaluating():
            clause(found_by(tree, timezone.now()), collected)
    except BrokenRule as error:
        return error.problems
    return []


def refuse_broken(tree: Group) -> None:
    """Raise ``BrokenRule`` for a tree that would choose people by mistake."""
    refuse_unfinished(tree)
    if found := asked_of_visits(tree):
        raise BrokenRule(found)


def counted(
    rows: QuerySet, value: Any, *, by: str = "contact_id"
) -> "QuerySet | EveryoneBut":
    """The contacts whose number of *rows* is what a ``CountBlock``'s *value* asks."""
    among_these, contacts = counts.matching(rows, value, by=by)
    return contacts if among_these else everyone_but(contacts)
