"""What a tree means as a WHERE on contacts: sets of ids, or questions about each.

Never a join, and no ``exclude`` across a relation to many, which is slow and wrong.
Negation is NOT IN over a set without NULLs.
"""

import datetime as dt
import functools
import json
import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.lookups import IsNull

from .tree import Group, Leaf

# Counting rows costs as much as looking into so many tables.
COUNTING = 10
Say = Callable[[QuerySet], Q]


@dataclass(frozen=True)
class EveryoneBut:
    """The answer of a condition that is true for all others."""

    contacts: QuerySet


@dataclass(frozen=True)
class Parts:
    """A group whose conditions have given their sets."""

    match: str
    parts: "tuple[Found, ...]"


# A condition on the contact's own columns, a set, its opposite, or a group of them.
Found = Q | QuerySet | EveryoneBut | Parts
# What one part of a group costs, which decides for this or that ``match``.
Price = Callable[[Found, str], float]


def everyone_but(contacts: QuerySet) -> EveryoneBut:
    """What a condition returns when it is true for everybody not in *contacts*."""
    return EveryoneBut(contacts)


def found_by(node: Group | Leaf, at: dt.datetime) -> Found:
    """What the conditions of *node* answer at *at*. Raises ``BrokenRule``."""
    if isinstance(node, Leaf):
        return node.ask("own", at) or node.ask("contacts", at)
    return Parts(node.match, tuple(found_by(child, at) for child in node.children))


def clause(found: Found, say: Say) -> Q:
    """What *found* means, each of its sets of contacts put as *say* puts it."""
    if isinstance(found, Q):
        return found
    if isinstance(found, QuerySet):
        return say(found)
    if isinstance(found, EveryoneBut):
        return ~say(found.contacts)
    join = operator.and_ if found.match == "all" else operator.or_
    joined = functools.reduce(join, [clause(part, say) for part in found.parts])
    return ~joined if found.match == "none" else joined


def in_order(parts: Sequence[Found], match: str, price: Price) -> tuple[Found, ...]:
    """The parts of a group, and of each group in it, the lowest *price* first: where
    one decides, the rest is not asked."""
    inside = [
        Parts(part.match, in_order(part.parts, part.match, price))
        if isinstance(part, Parts)
        else part
        for part in parts
    ]
    return tuple(sorted(inside, key=lambda part: price(part, match)))


def cheapest_first(found: Found) -> Found:
    """The same, with what is soon answered for one contact before what is not."""

    def price(part: Found, _match: str) -> float:
        return cost(part, tables_of)

    (ordered,) = in_order([found], "all", price)
    return ordered


def cost(found: Found, of_set: Callable[[QuerySet], float]) -> float:
    """What it costs to ask one contact, when *of_set* tells it of a set."""
    if isinstance(found, Parts):
        return sum(cost(part, of_set) for part in found.parts)
    if isinstance(found, Q):
        return 0
    return of_set(found.contacts if isinstance(found, EveryoneBut) else found)


def tables_of(contacts: QuerySet) -> int:
    """What it costs to ask one contact, in tables that are looked into."""
    query = contacts.query
    counted = COUNTING if query.group_by is not None else 0
    return max(len(query.alias_map), 1) + counted


def asks_the_row(found: Found) -> bool:
    """Whether a contact's own columns play a part in it."""
    if isinstance(found, Parts):
        return any(map(asks_the_row, found.parts))
    return isinstance(found, Q)


def collected(contacts: QuerySet) -> Q:
    """In a set that is collected first (``IN``), for whoever reads everybody."""
    return Q(pk__in=contacts.order_by())


def asked(contacts: QuerySet) -> Q:
    """Each contact is asked in turn (``EXISTS``), for whoever reads few of them."""
    found = contacts.order_by().filter(**{column(contacts): OuterRef("pk")})
    return Q(Exists(found))


def looked_up(contacts: QuerySet) -> Q:
    """A question that PostgreSQL never answers by collecting everybody first."""
    found = contacts.order_by().filter(**{column(contacts): OuterRef("pk")})
    return Q(IsNull(Subquery(found[:1]), False))


def these(ids: Collection[int]) -> Any:
    """Ids for an ``__in``; SQLite takes no more than 32,766 values in a statement."""
    if connection.vendor != "sqlite":
        return ids
    return listed(ids)


def listed(ids: Collection[int]) -> RawSQL:
    """Many ids for an ``__in``, which either database collects once."""
    if connection.vendor != "sqlite":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(ids))])


def column(contacts: QuerySet) -> str:
    """The column of contact ids that *contacts* select."""
    return contacts.query.values_select[0]
