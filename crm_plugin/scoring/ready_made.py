"""Scores to begin with: how strongly somebody is interested, in all or in one topic."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from .blocks import EACH
from .models import Score
from .refresh import refresh, start

FADING = {"given": EACH, "half_life": 30}


def line(name: str, /, *, points: int, most: int, **value: Any) -> dict[str, Any]:
    """Fading points for each time of one condition, in the stored form."""
    asked = {"how": "at_least", "number": 1, "when": "ever", **value}
    said = {"points": points, "most": most, **FADING}
    return {
        "type": "line",
        "value": {**said, "rule": [{"type": name, "value": asked}]},
    }


def interest(*, page: int | None = None) -> list[dict[str, Any]]:
    """Lines about a topic: pages read below *page*; about everything without one."""
    where = {"where": "below", "page": page} if page else {"where": "any"}
    return [line("pages_read", points=2, most=20, **where)]


def topic() -> list[dict[str, Any]]:
    """Lines for somebody to fill in: the page of the topic, its mails and its word."""
    return [
        line("pages_read", points=2, most=20, where="below", page=None),
        line("messages", points=5, most=10, kind="clicked", topic=""),
        line("site_searches", points=3, most=5, words=""),
    ]


READY_MADE: dict[str, dict[str, Any]] = {
    "interest": {
        "name": gettext_noop("Interest in us"),
        "name_ja": "関心の強さ",
        "description": "",
        "lines": [
            *interest(),
            line("messages", points=5, most=10, kind="clicked"),
            line("site_searches", points=3, most=5, words=""),
            line("touchpoints", points=10, most=3, kind="inquiry", direction="in"),
        ],
    },
}


def ensure(
    *,
    definitions: Mapping[str, Mapping[str, Any]] = READY_MADE,
    keys: Iterable[str] | None = None,
    refreshed: bool = False,
) -> dict[str, Score]:
    """Make the named scores (all by default) where they are missing.

    What exists is left as it is. With *refreshed*, points are worked out at once
    instead of by a worker.
    """
    found = {}
    for key in keys if keys is not None else definitions:
        score, created = Score.objects.get_or_create(key=key, defaults=definitions[key])
        if created and refreshed:
            refresh(score)
        elif created:
            start(score)
        found[key] = score
    return found
