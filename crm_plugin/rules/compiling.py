"""From a rule to one query, which starts from the smallest of its sets."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from . import counts
from .asking import evaluating
from .clauses import (
    EveryoneBut,
    Found,
    asks_the_row,
    cheapest_first,
    clause,
    collected,
    everyone_but,
    found_by,
    listed,
    looked_up,
)
from .driving import driven
from .gaps import refuse_unfinished
from .registry import BrokenRule, everyone
from .tables import few_in_place_of_contacts
from .tree import Group, parse
from .visits import asked_of_visits


def compile_rule(
    value: Any,
    at: dt.datetime | None = None,
    *,
    among: "Collection[int] | Few | None" = None,
) -> QuerySet:
    """One QuerySet of contact ids (``values_list("pk", flat=True)``).

    Nothing else of a contact may be asked of it. *at* is the moment for relative dates,
    now by default. With *among*, only these contacts are looked at, in every part of
    the rule: the cost follows their number, not the number of contacts; who asks many
    rules of the same contacts gives them as ``few`` of them. Raises ``BrokenRule`` for a rule that
    is empty, unfinished or unknown, and for whatever a condition raises.
    """
    tree, at = parse(value), at or timezone.now()
    refuse_broken(tree)
    with evaluating():
        if among is None:
            return driven(tree, at)
        found = found_by(tree, at)
    return _of_few(found, among)


@dataclass(frozen=True)
class Few:
    """Contacts whom rules choose from, whose own rows need no further look."""

    ids: tuple[int, ...]


def few(ids: Collection[int]) -> Few:
    """Those of the contacts *ids* who are neither archived nor erased; one query."""
    found = everyone().filter(pk__in=listed(ids)).order_by("pk")
    return Few(tuple(found.values_list("pk", flat=True)))


def _of_few(found: Found, among: "Collection[int] | Few") -> QuerySet:
    where = clause(cheapest_first(found), looked_up)
    if isinstance(among, Few) and not asks_the_row(found):
        return few_in_place_of_contacts(among.ids).filter(where)
    ids = among.ids if isinstance(among, Few) else among
    contacts = everyone().filter(pk__in=listed(ids))
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
