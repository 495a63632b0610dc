"""How many contacts have how many points: counted after a refresh, never on a screen."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, IntegerField, Max, Min, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from crm_plugin import queue, rules

from .models import ContactScore, Score

MOST_BARS = 12
WIDTHS = (1, 2, 5)


def recount(score: Score) -> None:
    """Count anew; three queries, whatever the number of contacts."""
    rows = ContactScore.objects.filter(score=score)
    known = rows.aggregate(least=Min("value"), most=Max("value"), count=Count("value"))
    bars: list[tuple[int, int, int]] = []
    if known["count"]:
        bars = _bars(rows, known["least"], known["most"])
    spread = {"none": max(rules.everyone().count() - known["count"], 0), "bars": bars}
    told = Score.objects.filter(pk=score.pk)
    told.update(spread=spread, spread_at=timezone.now())


def _bars(rows: QuerySet, least: int, most: int) -> list[tuple[int, int, int]]:
    """``(from, to, contacts)``: at most a dozen, with round limits, none left out."""
    width = _width(least, most)
    low = least // width * width
    place = Cast((F("value") - low) / width, IntegerField())
    counted = rows.order_by().annotate(crm_place=place).values("crm_place")
    held = dict(counted.annotate(n=Count("value")).values_list("crm_place", "n"))
    limits = [low + number * width for number in range((most - low) // width + 1)]
    return [
        # Who has 0 points has no row, and is told apart.
        (first or 1, first + width - 1, held.get(number, 0))
        for number, first in enumerate(limits)
        if first or width > 1
    ]


def _width(least: int, most: int) -> int:
    """1, 2, 5, 10, 20, 50 …: the smallest that needs no more than so many bars."""
    scale = 1
    while True:
        for width in WIDTHS:
            if most // (width * scale) - least // (width * scale) < MOST_BARS:
                return width * scale
        scale *= 10


def forget(scores: Sequence[Any]) -> None:
    """The points of these scores changed: count again soon."""
    Score.objects.filter(pk__in=scores).update(spread_at=None)


@queue.chore("score-spread", every=600)
def recount_one() -> bool:
    """Count for one score whose points changed."""
    score = Score.objects.in_force().filter(spread_at=None).first()
    if score is None:
        return False
    recount(score)
    return True
