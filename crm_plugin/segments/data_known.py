"""Of how many the data is known on which a rule rests.

Read from the daily count of the data map: it costs the same however many there are.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q, Sum

from crm_plugin import rules
from crm_plugin.contacts import data_map
from crm_plugin.contacts.models import DataFill


@dataclass(frozen=True)
class Known:
    """A thing that a rule asks for, and of how many of a hundred it is known."""

    label: str
    noun: str
    percent: int
    counted_at: dt.datetime


def known(value: Any, user: Any) -> list[Known]:
    """What *user* may read of the data that *value* asks for; two or three queries.

    What was never counted is left out.
    """
    asked = rules.things(value)
    if not asked:
        return []
    nouns = {noun for noun, _name in asked}
    told = data_map.things(user, nouns=nouns)
    readable = [thing for thing in told if (thing.noun, thing.name) in asked]
    filled = _filled(nouns, {thing.name for thing in readable})
    return [
        Known(
            str(thing.label),
            thing.noun,
            round(100 * min(number, whole) / whole),
            at,
        )
        for thing in readable
        for number, at in [filled.get((thing.noun, thing.name), (0, None))]
        for whole, at in [filled.get((thing.noun, ""), (0, None))]
        if whole and at
    ]


def _filled(nouns: set[str], names: set[str]) -> dict[tuple[str, str], tuple]:
    """``{(noun, name): (records, when counted)}``; the empty name is all of them."""
    if not names:
        return {}
    rows = DataFill.objects.filter(Q(name="") | Q(name__in=names), noun__in=nouns)
    found: dict[tuple[str, str], tuple] = defaultdict(lambda: (0, None))
    for noun, name, number, at in rows.values_list("noun", "name").annotate(
        Sum("number"), Max("counted_at")
    ):
        found[noun, name] = (number, at)
    return found
