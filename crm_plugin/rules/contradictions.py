"""Conditions of one group that cannot be true together: nobody would be chosen.

A condition that is about one figure of a contact, of which there is only one (an age,
the day of the last use, the number of uses in some days), says so by ``span``. Where all
conditions of a group must be true, two spans of the same figure must have something in
common.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .asking import ask
from .periods import BY_MONTHS, RELATIVE, Period, resolve
from .registry import BrokenRule, Condition
from .spans import NOTHING, Span


def contradictions(conditions: Iterable[tuple[Condition, Any]]) -> list[str]:
    """What is wrong with conditions, each with its value, that must all be true."""
    met: dict[Hashable, list[tuple[Span, str]]] = {}
    found = []
    for condition, value in conditions:
        try:
            span, words = (
                ask(condition, "span", value),
                ask(condition, "sentence", value),
            )
        except BrokenRule:
            continue
        if span is None:
            continue
        for other, other_words in met.setdefault(span.of, []):
            if _apart(span, other):
                pair = {"one": other_words, "other": words}
                text = _("“%(one)s” and “%(other)s” are never true together.")
                found.append(text % pair)
        met[span.of].append((span, words))
    return found


def _apart(one: Span, other: Span) -> bool:
    """Whether nobody fulfils both spans of a figure."""
    if one.keys is not None and other.keys is not None:
        return not one.keys & other.keys
    if NOTHING in (one.keys, other.keys):
        return True
    return _more(one, other) or _more(other, one)


def _more(one: Span, other: Span) -> bool:
    """Whether the one is more at least than the other is at most, and always will be.

    What is counted in some days is counted in the days around them, too.
    """
    if one.least is None or other.most is None or one.least <= other.most:
        return False
    if other.moves and not one.moves:
        return False
    return one.days is None or other.days is None or _within(one.days, other.days)


def _within(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the days of the one lie in those of the other, whenever this is asked.

    How far months reach depends on the day: they are compared with their like alone.
    """
    kind, around = one.get("when"), other.get("when") or "ever"
    if around == "ever":
        return True
    if kind in BY_MONTHS or around in BY_MONTHS:
        fewer = (one.get("months") or 0) <= (other.get("months") or 0)
        return kind == around and fewer
    if (kind in RELATIVE) is not (around in RELATIVE):
        return False
    now = timezone.now()
    return _holds(resolve(other, now), resolve(one, now))


def _holds(period: Period, other: Period) -> bool:
    """Whether all days of the other are days of *period*."""
    begun = period.first is None or (
        other.first is not None and period.first <= other.first
    )
    over = period.last is None or (other.last is not None and other.last <= period.last)
    return begun and over
