"""Feedback: a score may be chosen by the link that led here; one button sends it.

Opening the page changes nothing. A low score is marked as one when it is sent, by the
page as it stood then: staff change the limit, and what was owed stays owed.
"""

from typing import Any

from django.http import HttpRequest

from . import scores
from .scores import NPS, STARS, ScoreField

QUERY = {NPS: "score", STARS: "stars"}


class FeedbackServing:
    """The feedback half of a form page: preset scores, and which are low."""

    low_stars: int
    low_nps: int

    def preset(self, form: Any, request: HttpRequest) -> None:
        """``?score=9`` and ``?stars=4`` choose a score beforehand."""
        super().preset(form, request)  # type: ignore[misc]
        for name, score in chosen(form.fields, request.GET).items():
            form.initial.setdefault(name, score)

    def low(self, field: str, value: Any) -> bool:
        """Whether an answer is a score that somebody should react to."""
        limits = {
            f"{scores.PREFIX}{STARS}": self.low_stars,
            f"{scores.PREFIX}{NPS}": self.low_nps if self.low_nps else -1,
        }
        return field in limits and value <= limits[field]


def chosen(fields: dict[str, Any], query: Any) -> dict[str, int]:
    """The scores that an address chooses, for the first field of each scale."""
    found: dict[str, int] = {}
    taken: set[str] = set()
    for name, field in fields.items():
        if not isinstance(field, ScoreField) or field.scale in taken:
            continue
        taken.add(field.scale)
        typed = query.get(QUERY[field.scale], "")
        if typed.isdecimal() and len(typed) < 3:
            number = int(typed)
            if number in scores.RANGES[field.scale]:
                found[name] = number
    return found
