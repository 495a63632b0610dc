"""From a rule to one query, which starts from the smallest of its sets."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from . import counts
from .clauses import (
    EveryoneBut,
    clause,
    collected,
    everyone_but,
    found_by,
    of_these,
    these,
)
from .driving import driven
from .registry import BrokenRule, everyone
from .tree import Group, groups, parse, walk
from .visits import asked_of_a_visit

# PostgreSQL plans a hundred in three seconds, three hundred in two minutes.
MOST_CONDITIONS = 100


def compile_rule(
    value: Any,
    at: dt.datetime | None = None,
    *,
    among: Collection[int] | None = None,
) -> QuerySet:
    """One QuerySet of contact ids (``values_list("pk", flat=True)``).

    Nothing else of a contact may be asked of it. *at* is the moment for relative dates, now by default. With *among*, only these
    contacts are looked at, in every part of the rule: the cost follows their number,
    not the number of contacts. Raises ``BrokenRule`` for an empty or unknown rule.
    """
    tree, at = parse(value), at or timezone.now()
    refuse_broken(tree)
    if among is None:
        return driven(tree, at)
    contacts = everyone().filter(pk__in=these(among))
    where = clause(found_by(tree, at), of_these(among))
    return contacts.filter(where).order_by().values_list("pk", flat=True)


def why_broken(value: Any) -> list[str]:
    """Why ``compile_rule`` refuses the rule, in words; empty when it does not."""
    try:
        tree = parse(value)
        refuse_broken(tree)
        clause(found_by(tree, timezone.now()), collected)
    except BrokenRule as error:
        return error.problems
    return []


def refuse_broken(tree: Group) -> None:
    """Raise ``BrokenRule`` for a tree that would choose people by mistake."""
    refuse_unfinished(tree)
    found = [
        asked_of_a_visit(leaf.condition)
        for leaf in walk(tree)
        if leaf.condition.about_visit
    ]
    if found:
        raise BrokenRule(dict.fromkeys(found))


def refuse_unfinished(tree: Group) -> None:
    """Raise ``BrokenRule`` for a tree that is too large, has gaps or is not known."""
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


def counted(
    rows: QuerySet, value: Any, *, by: str = "contact_id"
) -> "QuerySet | EveryoneBut":
    """The contacts whose number of *rows* is what a ``CountBlock``'s *value* asks."""
    among_these, contacts = counts.matching(rows, value, by=by)
    return contacts if among_these else everyone_but(contacts)
