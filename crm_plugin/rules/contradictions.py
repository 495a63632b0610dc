"""Conditions of one group that cannot be true together: nobody would be chosen.

A condition that is about one figure of a contact, of which there is only one (an age,
the day of the last use), says so by ``span``. Where all conditions of a group must be
true, two spans of the same figure must have something in common.
"""

from collections.abc import Hashable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from .asking import ask
from .registry import BrokenRule, Condition
from .spans import Span


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
    return _above(one.least, other.most) or _above(other.least, one.most)


def _above(low: Any, high: Any) -> bool:
    return low is not None and high is not None and low > high
