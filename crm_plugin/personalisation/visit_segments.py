"""Segments of visits: their rules are kept in memory, so that no page asks for them.

A process looks them up again every ``FRESH`` seconds at most, and at once after one
of them was saved in it: a page that is personalised for visits costs no query.
"""

import time
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from crm_plugin import rules
from crm_plugin.segments.models import Segment

from .visit import Visit

FRESH = 30
Trees = dict[int, rules.Group]
Ids = frozenset[int]
_kept: list[tuple[float, Trees]] = []


def in_force() -> Trees:
    """The rules of all segments of visits that are in force, by segment."""
    if _kept and time.monotonic() - _kept[0][0] < FRESH:
        return _kept[0][1]
    rows = Segment.objects.live().of_visits().values_list("pk", "rule")
    trees = {pk: rules.parse(rule) for pk, rule in rows}
    _kept[:] = [(time.monotonic(), trees)]
    return trees


def among(wanted: Iterable[int]) -> Ids:
    """Which of these segments are about visits."""
    return frozenset(wanted) & in_force().keys()


def know(visit: Visit, wanted: Ids) -> tuple[Ids, Ids]:
    """``(segments that hold the visit, segments of which that is not known)``."""
    trees = in_force()
    verdicts = {pk: rules.holds(trees[pk], visit) for pk in wanted if pk in trees}
    held = frozenset(pk for pk, verdict in verdicts.items() if verdict)
    return held, frozenset(pk for pk, verdict in verdicts.items() if verdict is None)


def forget(instance: Segment, **_signal: Any) -> None:
    """Django's ``post_save`` and ``post_delete`` of a segment."""
    if instance.of_visits or (_kept and instance.pk in _kept[0][1]):
        _kept.clear()
        transaction.on_commit(_kept.clear)
