"""What a rule rests on: aspects of change, the clock, sensitive data, segments."""

import datetime as dt
from typing import Any

from .tree import walk


def aspects(value: Any) -> set[str]:
    """The aspects of the change feed that can alter the rule's answer."""
    return {aspect for leaf in walk(value) for aspect in leaf.condition.aspects}


def next_change(value: Any, at: dt.datetime) -> dt.datetime | None:
    """When the answer may next change by the clock alone; None for never."""
    # What a condition cannot tell is looked at again every day.
    tomorrow = at + dt.timedelta(days=1)
    moments = [leaf.told("next_change", tomorrow, at) for leaf in walk(value)]
    return min((moment for moment in moments if moment), default=None)


def reads_sensitive(value: Any) -> bool:
    """Whether counting the rule would tell something sensitive; if in doubt, it does."""
    return any(leaf.told("reads_sensitive", True) for leaf in walk(value))


def segments_read(value: Any) -> set[str]:
    """The keys of the segments that the rule refers to."""
    return {key for leaf in walk(value) for key in leaf.told("segments_read", ())}


def things(value: Any) -> set[tuple[str, str]]:
    """The data that the rule asks for: noun and name of things of the data map."""
    return {thing for leaf in walk(value) for thing in leaf.told("things", ())}
