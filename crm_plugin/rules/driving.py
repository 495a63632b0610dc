"""A rule said so that the database can begin with the smallest of its sets.

What one row of a table answers is asked at once. A few hundred contacts are asked first,
each about every set: what holds for the fewest of them is where the rule begins, and it
stands in the place of the table of contacts, whose rows are wide. PostgreSQL plans the
rest itself, once what must not hold is a question: ``NOT IN`` keeps it from joining.
SQLite collects every ``IN`` of a rule before it looks at the first contact: what holds
for far more becomes a question about its contacts (``EXISTS``), the rest stay sets. A
wrong guess costs time, never a contact.
"""

import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, UniqueConstraint
from django.db.models.lookups import IsNull
from django.db.models.sql.where import AND

from .clauses import (
    EveryoneBut,
    Found,
    Parts,
    asked,
    asks_the_row,
    clause,
    collected,
    column,
    cost,
    found_by,
    in_order,
    looked_up,
    tables_of,
    these,
)
from .registry import everyone, nobody
from .tables import in_place_of_contacts
from .tree import Group

# Of fewer contacts none is asked first; of more, so many are.
WORTHWHILE, SAMPLE = 5_000, 500
# Asking a contact costs so many times as much as collecting one.
ASKING = 2
# Looking a contact up in a collected set costs as much as looking into part of a table.
IN_A_SET = 0.3
# What was true of none of those that were asked still is of some.
SELDOM = 1 / (2 * SAMPLE)
# Up to so many contacts are looked at to see whether they are archived; of more, and of
# more than so small a share of all, those who are archived are collected.
FEW, EVERYBODY_OUTSIDE = 2_000, 300


def driven(tree: Group, at: dt.datetime) -> QuerySet:
    """The ids of whom *tree* chooses, said so that it is looked at from its smallest
    set."""
    parts = _left_out_together(_of_one_row(list(_must_hold(found_by(tree, at)))))
    if connection.vendor == "postgresql":
        return _planned(parts)
    only = _united(parts[0]) if len(parts) == 1 else None
    if isinstance(only, QuerySet):
        return _of_one_set(only)
    chosen = any(isinstance(part, Q | QuerySet) for part in parts)
    newest = _newest() if chosen else 0
    if newest < WORTHWHILE:
        return _of_everyone(clause(Parts("all", tuple(parts)), collected))
    return _of_several(parts, newest)


@dataclass(frozen=True)
class Looked:
    """For how many of the contacts that were looked at each set, by its ``id``, is true.

    ``least``: the fewest of what must hold; ``begins``: the set of which it is, if any.
    """

    hits: dict[int, int]
    looked_at: int
    least: int
    begins: QuerySet | None

    def far_more(self, contacts: QuerySet) -> bool:
        many = self.hits[id(contacts)] if _countable(contacts) else SAMPLE
        return contacts is not self.begins and many > self.least * ASKING

    def say(self, contacts: QuerySet) -> Q:
        return asked(contacts) if self.far_more(contacts) else collected(contacts)

    def price(self, part: Found, match: str) -> float:
        """What *part* costs for each contact of whom it decides the group."""
        decides = self._fails(part) if match == "all" else self._holds(part)
        return cost(part, self._cost) / max(decides, SELDOM)

    def _holds(self, found: Found) -> float:
        """For which share of contacts it is true, as if its parts knew nothing of each
        other; of their own columns nothing is known."""
        if isinstance(found, QuerySet):
            return self.hits[id(found)] / max(self.looked_at, 1)
        if isinstance(found, EveryoneBut):
            return self._fails(found.contacts)
        if isinstance(found, Q):
            return 0.5
        if found.match == "all":
            return math.prod(map(self._holds, found.parts))
        none = math.prod(map(self._fails, found.parts))
        return none if found.match == "none" else 1 - none

    def _fails(self, found: Found) -> float:
        return 1 - self._holds(found)

    def _cost(self, contacts: QuerySet) -> float:
        """About how many tables are looked into for one contact."""
        return tables_of(contacts) if self.far_more(contacts) else IN_A_SET


def _of_several(parts: Sequence[Found], newest: int) -> QuerySet:
    own = Q(*[part for part in parts if isinstance(part, Q)])
    seen = _look(parts, own, newest)
    parts = in_order(parts, "all", seen.price)
    left_out = [part.contacts for part in parts if isinstance(part, EveryoneBut)]
    sets = [part for part in parts if not isinstance(part, Q)]
    at_once = not any(map(seen.far_more, left_out))
    if own and at_once and len(left_out) == len(sets):
        return in_place_of_contacts(everyone().filter(own).values("pk"), but=left_out)
    if seen.begins is None or any(map(asks_the_row, parts)):
        return _of_everyone(clause(Parts("all", tuple(parts)), seen.say))
    few, once = seen.least * EVERYBODY_OUTSIDE < SAMPLE, _one_row(seen.begins)
    if at_once and not few and not once and len(left_out) == len(sets) - 1:
        return in_place_of_contacts(seen.begins, but=[*left_out, nobody()])
    outside = asked(nobody()) if few else collected(nobody())
    others = [clause(part, seen.say) for part in parts if part is not seen.begins]
    return in_place_of_contacts(seen.begins, once=once).filter(*others, ~outside)


def _look(parts: Sequence[Found], own: Q, newest: int) -> Looked:
    sets = list(_sets(Parts("all", tuple(parts))))
    looked_at, of_own, *of_sets = _hits([Q(), own, *map(looked_up, sets)], newest)
    hits = {id(one): found for one, found in zip(sets, of_sets, strict=True)}
    driver = _smallest(parts, hits)
    least = of_own if driver is None else min(of_own, hits[id(driver)])
    begins = driver if driver is not None and hits[id(driver)] == least else None
    return Looked(hits, looked_at, least, begins)


def _of_everyone(where: Q) -> QuerySet:
    return everyone().filter(where).order_by().values_list("pk", flat=True)


def _of_one_set(contacts: QuerySet) -> QuerySet:
    """Its contacts but the archived ones, who are collected unless few need a look."""
    if _countable(contacts) and len(contacts.order_by()[: FEW + 1]) <= FEW:
        return _of_everyone(collected(contacts))
    return in_place_of_contacts(contacts, but=[nobody()])


def _left_out_together(parts: list[Found]) -> list[Found]:
    """Sets of the same joined tables that must not hold are read once, not one by one."""
    together: dict[Any, QuerySet] = {}
    others: list[Found] = []
    for part in parts:
        if not isinstance(part, EveryoneBut) or not _of_joined_tables(part.contacts):
            others.append(part)
            continue
        query = part.contacts.query
        key = (query.model, tuple(query.alias_map), query.values_select)
        before = together.get(key)
        together[key] = before | part.contacts if before is not None else part.contacts
    return [*others, *map(EveryoneBut, together.values())]


def _of_joined_tables(contacts: QuerySet) -> bool:
    return len(contacts.query.alias_map) > 1 and _plain(contacts.query)


def _plain(query: Any) -> bool:
    grouped = query.annotations or query.group_by is not None
    return not (grouped or query.distinct or query.is_sliced or query.combinator)


def _planned(parts: list[Found]) -> QuerySet:
    """For a database that finds its own way, but not past the table of contacts."""
    parts = [_united(part) for part in parts]
    sets = [part for part in parts if isinstance(part, QuerySet)]
    # Several sets as one can stand in the place of contacts, but not be looked up in.
    sets = [one for one in sets if len(parts) == 1 or not one.query.combinator]
    newest = _newest() if len(sets) > 1 else WORTHWHILE
    if not sets or newest < WORTHWHILE or any(map(asks_the_row, parts)):
        return _of_everyone(_joined(parts))
    hits = _hits(list(map(looked_up, sets)), newest) if len(sets) > 1 else [0]
    least = _smallest(sets, {id(one): n for one, n in zip(sets, hits, strict=True)})
    begins = sets[0] if least is None else least
    others = _joined([part for part in parts if part is not begins])
    once = bool(begins.query.combinator) or _one_row(begins)
    chosen = in_place_of_contacts(begins, once=once)
    return chosen.filter(others, ~asked(nobody()))


def _joined(parts: list[Found]) -> Q:
    """For a database that joins whatever must, or must not, have a row."""
    said = Q()
    for part in parts:
        if isinstance(part, EveryoneBut):
            said &= ~asked(part.contacts)
        else:
            said &= clause(_united(part), collected)
    return said


def _united(found: Found) -> Found:
    """Any of several sets as one set."""
    if not isinstance(found, Parts) or found.match != "any":
        return found
    sets = [part.order_by() for part in found.parts if isinstance(part, QuerySet)]
    if len(sets) < len(found.parts):
        return found
    return sets[0].union(*sets[1:])


def _must_hold(found: Found) -> Iterator[Found]:
    """The parts of which all must be true; of "none of", the opposite of each."""
    if not isinstance(found, Parts) or found.match == "any":
        yield found
        return
    for part in found.parts:
        if found.match == "all":
            yield from _must_hold(part)
        else:
            yield _opposite(part)


def _opposite(found: Found) -> Found:
    if isinstance(found, QuerySet):
        return EveryoneBut(found)
    if isinstance(found, EveryoneBut):
        return found.contacts
    return ~found if isinstance(found, Q) else Parts("none", (found,))


def _of_one_row(parts: list[Found]) -> list[Found]:
    """What is asked of the one row that a table holds for a contact is asked at once."""
    joined: dict[object, Found] = {}
    for place, part in enumerate(parts):
        if isinstance(part, QuerySet) and _one_row(part):
            key = (part.model, column(part))
            before = joined.get(key)
            joined[key] = before & part if isinstance(before, QuerySet) else part
        else:
            joined[place] = part
    return list(joined.values())


def _one_row(contacts: QuerySet) -> bool:
    """Whether a table holds at most one row for a contact of those that are asked for."""
    name, query = column(contacts), contacts.query
    if "__" in name or not _plain(query):
        return False
    about: Any = contacts.model._meta
    field = about.pk if name == "pk" else about.get_field(name)
    return field.unique or any(
        set(one.fields) == {field.name} and _asks_for(query.where, one.condition)
        for one in about.constraints
        if isinstance(one, UniqueConstraint) and one.condition
    )


def _asks_for(where: Any, condition: Q) -> bool:
    """Whether *where* asks for the empty columns that are the *condition*."""
    if where.connector != AND or where.negated:
        return False
    empty = {
        child.lhs.target.name
        for child in where.children
        if isinstance(child, IsNull)
        and child.rhs is True
        and hasattr(child.lhs, "target")
    }
    return all(
        isinstance(asked_for, tuple) and asked_for[1] is None and asked_for[0] in empty
        for asked_for in condition.children
    )


def _countable(contacts: QuerySet) -> bool:
    """What the database must count gives no first row before the last."""
    return contacts.query.group_by is None


def _sets(found: Found) -> Iterator[QuerySet]:
    """Every set in it, wherever it stands."""
    if isinstance(found, QuerySet):
        yield found
    elif isinstance(found, EveryoneBut):
        yield found.contacts
    elif isinstance(found, Parts):
        for part in found.parts:
            yield from _sets(part)


def _newest() -> int:
    """The highest id, which is about as high as there are contacts; no count."""
    return everyone().aggregate(newest=Max("pk"))["newest"] or 0


def _hits(tests: list[Q], newest: int) -> list[int]:
    """For how many of a few hundred contacts each of *tests* is true; one query."""
    drawn = random.Random(newest).sample(  # noqa: S311 - no secret
        range(1, newest + 1), min(SAMPLE, newest)
    )
    counts = {
        f"crm_{place}": Count("pk", filter=test) if test else Count("pk")
        for place, test in enumerate(tests)
    }
    found = everyone().filter(pk__in=these(drawn)).aggregate(**counts)
    return [found[name] for name in counts]


def _smallest(parts: Sequence[Found], hits: dict[int, int]) -> QuerySet | None:
    """The set that must hold and does for the fewest; what must be counted comes last."""
    sets = [part for part in parts if isinstance(part, QuerySet)]
    sets = [part for part in sets if _countable(part)] or sets
    return min(sets, key=lambda one: hits[id(one)], default=None)
