"""From a rule to one query: IN subqueries over indexed columns, never a join.

Negation is NOT IN over a set without NULLs; it never excludes across a relation to
many, which is slow and wrong.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from . import counts
from .registry import BrokenRule, everyone
from .tree import Group, Leaf, groups, parse, walk

# PostgreSQL plans a hundred in three seconds, three hundred in two minutes.
MOST_CONDITIONS = 100


@dataclass(frozen=True)
class EveryoneBut:
    """The answer of a condition that is true for all others."""

    contacts: QuerySet


def everyone_but(contacts: QuerySet) -> EveryoneBut:
    """What a condition returns when it is true for everybody not in *contacts*."""
    return EveryoneBut(contacts)


def compile_rule(
    value: Any,
    at: dt.datetime | None = None,
    *,
    among: Collection[int] | None = None,
) -> QuerySet:
    """One QuerySet of contact ids (``values_list("pk", flat=True)``).

    *at* is the moment for relative dates, now by default. With *among*, only these
    contacts are looked at, in every part of the rule: the cost follows their number,
    not the number of contacts. Raises ``BrokenRule`` for an empty or unknown rule.
    """
    tree = parse(value)
    refuse_broken(tree)
    contacts = everyone()
    if among is not None:
        contacts = contacts.filter(pk__in=among)
    where = where_clause(tree, at or timezone.now(), among)
    return contacts.filter(where).order_by().values_list("pk", flat=True)


def why_broken(value: Any) -> list[str]:
    """Why ``compile_rule`` refuses the rule, in words; empty when it does not."""
    try:
        compile_rule(value)
    except BrokenRule as error:
        return error.problems
    return []


def refuse_broken(tree: Group) -> None:
    """Raise ``BrokenRule`` for a tree that would choose people by mistake."""
    found = []
    if len(list(walk(tree))) > MOST_CONDITIONS:
        raise BrokenRule(
            [_("A rule holds at most %(n)d conditions.") % {"n": MOST_CONDITIONS}]
        )
    if not tree.children and not tree.unknown:
        found.append(_("The rule is empty."))
    for group in groups(tree):
        if group is not tree and not group.children:
            found.append(_("A group is empty."))
        found += [
            _("The condition “%(name)s” is not known here.") % {"name": name}
            for name in group.unknown
        ]
    if found:
        raise BrokenRule(found)


def where_clause(
    node: Group | Leaf,
    at: dt.datetime,
    among: Collection[int] | None = None,
    *,
    asked: bool = False,
) -> Q:
    """The condition on Contact's primary key that *node* means.

    *asked*: each contact is asked in turn (``EXISTS``) instead of everybody being
    collected first (``IN``), for whoever reads only some contacts, in their own order.
    """
    if isinstance(node, Leaf):
        return _asked(node, at) if asked else _leaf_clause(node, at, among)
    parts = [where_clause(child, at, among, asked=asked) for child in node.children]
    result = parts[0]
    for part in parts[1:]:
        result = result & part if node.match == "all" else result | part
    return ~result if node.match == "none" else result


def _leaf_clause(leaf: Leaf, at: dt.datetime, among: Collection[int] | None) -> Q:
    found = leaf.condition.contacts(leaf.value, at)
    if isinstance(found, EveryoneBut):
        return ~Q(pk__in=_narrow(found.contacts, among))
    return Q(pk__in=_narrow(found, among))


def _asked(leaf: Leaf, at: dt.datetime) -> Q:
    found = leaf.condition.contacts(leaf.value, at)
    if isinstance(found, EveryoneBut):
        return ~Q(_is_in(found.contacts))
    return Q(_is_in(found))


def _is_in(contacts: QuerySet) -> Exists:
    column = contacts.query.values_select[0]
    return Exists(contacts.order_by().filter(**{column: OuterRef("pk")}))


def _narrow(contacts: QuerySet, among: Collection[int] | None) -> QuerySet:
    contacts = contacts.order_by()
    if among is None:
        return contacts
    column = contacts.query.values_select[0]
    return contacts.filter(**{f"{column}__in": among})


def counted(
    rows: QuerySet, value: Any, *, by: str = "contact_id"
) -> "QuerySet | EveryoneBut":
    """The contacts whose number of *rows* is what a ``CountBlock``'s *value* asks."""
    among_these, contacts = counts.matching(rows, value, by=by)
    return contacts if among_these else everyone_but(contacts)
