"""A page of the contacts that a rule chooses: its cost is the page, not their number.

``compile_rule`` collects everybody whom a rule chooses, as a refresh needs them. A list
shows the first few in its own order. Where a condition holds for few, only these are
looked at; where every condition holds for many, contacts are asked in the list's order
until the page is full.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from .asking import evaluating
from .clauses import EveryoneBut, asked, clause, column, found_by
from .compiling import refuse_broken
from .tree import Group, Leaf, parse

# Up to so many are counted; a condition that holds for no more than FEW is a list of
# ids; PROBE rows of one that holds for more tell whether a rule chooses many (of a rule
# that is one condition, those few ids).
EXACT, FEW, PROBE = 1_000, 2_000, 20_000


@dataclass(frozen=True)
class Selection:
    """Those of the given contacts whom a rule chooses.

    ``many``: certainly more than a thousand, so that nobody needs to count them.
    """

    contacts: QuerySet
    many: bool = False


def select(
    contacts: QuerySet, value: Any, at: dt.datetime | None = None, *, probe: bool = True
) -> Selection:
    """Narrow *contacts* to whom the rule chooses, keeping their order.

    One query per condition looks how many it holds for, at most two thousand, also in
    groups of which one must hold where no condition alone does; one more asks of
    conditions that all hold for many whether they hold together, and only where they
    seldom do, one per condition which of them holds for the fewest. Without
    *probe*, for whoever narrows further, these are spared. Raises ``BrokenRule`` as
    ``compile_rule`` does.
    """
    tree, at = parse(value), at or timezone.now()
    refuse_broken(tree)
    with evaluating():
        return _selected(contacts, tree, at, probe)


def _selected(
    contacts: QuerySet, tree: Group, at: dt.datetime, probe: bool
) -> Selection:
    chosen = contacts.filter(clause(found_by(tree, at), asked))
    looked = [(_first_ids(found), found) for found in _whole_sets(tree, at)]
    few = [set(ids) for ids, _found in looked if len(ids) <= FEW]
    few = few or list(_few_of_groups(tree, at))
    if few:
        return Selection(chosen.filter(pk__in=min(few, key=len)))
    if not looked or not probe:
        return Selection(chosen)
    if len(tree.children) == 1:
        ids, _found = looked[0]
        return Selection(chosen, many=_are_many(contacts.filter(pk__in=set(ids))))
    # PostgreSQL knows how common values are: it finds its own way, and counts by it.
    if connection.vendor == "postgresql":
        return Selection(chosen)
    large = [found for _ids, found in looked]
    if _are_many(chosen.filter(pk__in=large[0][:PROBE])):
        return Selection(chosen, many=True)
    return Selection(_driven(chosen, large))


def _first_ids(found: QuerySet) -> list[int]:
    return list(found.values_list(column(found), flat=True)[: FEW + 1])


def _few_of_groups(tree: Group, at: dt.datetime) -> Iterator[set[int]]:
    if tree.match == "all":
        groups = [child for child in tree.children if isinstance(child, Group)]
        found = (_few_of(group, at) for group in groups)
        yield from (ids for ids in found if ids is not None)


def _few_of(node: Group | Leaf, at: dt.datetime) -> set[int] | None:
    """Few ids among which is everybody whom *node* means; None where they are many."""
    if isinstance(node, Leaf):
        found = _whole_set(node, at)
        # Whoever stands there more than once takes several of the rows read.
        first = None if found is None else _first_ids(found)
        return None if first is None or len(first) > FEW else set(first)
    if node.match == "none":
        return None
    parts = (_few_of(child, at) for child in node.children)
    if node.match == "all":
        return next((ids for ids in parts if ids is not None), None)
    union: set[int] = set()
    for ids in parts:
        if ids is None or len(union | ids) > FEW:
            return None
        union |= ids
    return union


def _are_many(contacts: QuerySet) -> bool:
    return contacts.order_by()[: EXACT + 1].count() > EXACT


def _driven(chosen: QuerySet, large: list[QuerySet]) -> QuerySet:
    """Only those looked at for whom the rarest condition holds, if it is rare enough."""
    counted = [(found[: PROBE + 1].count(), found) for found in large]
    count, rarest = min(counted, key=lambda pair: pair[0])
    return chosen.filter(pk__in=rarest) if count <= PROBE else chosen


def asked_of_each(contacts: QuerySet, value: Any, at: dt.datetime) -> QuerySet:
    """Those of *contacts* whom the rule chooses, for whoever reads slices of them.

    Nothing is looked up before. Raises ``BrokenRule`` as ``compile_rule`` does.
    """
    tree = parse(value)
    refuse_broken(tree)
    with evaluating():
        return contacts.filter(clause(found_by(tree, at), asked))


def walk_by_id(
    contacts: QuerySet, value: Any, at: dt.datetime, *, after: int, size: int
) -> list[int]:
    """The next *size* ids beyond *after* of those of *contacts* whom the rule chooses.

    For work in slices: all slices together ask each contact once.
    """
    chosen = asked_of_each(contacts.filter(pk__gt=after), value, at)
    return list(chosen.order_by("pk").values_list("pk", flat=True)[:size])


def _whole_sets(tree: Group, at: dt.datetime) -> Iterator[QuerySet]:
    """For each condition that must hold, the contacts for whom it does."""
    leaves = [child for child in tree.children if isinstance(child, Leaf)]
    if tree.match == "all":
        found = (_whole_set(leaf, at) for leaf in leaves)
        yield from (contacts for contacts in found if contacts is not None)


def _whole_set(leaf: Leaf, at: dt.datetime) -> QuerySet | None:
    """The contacts for whom it holds; None where they cannot be read one by one."""
    found = leaf.ask("contacts", at)
    # What the database must count gives no first row before the last.
    if isinstance(found, EveryoneBut) or found.query.group_by is not None:
        return None
    return found.order_by()
