"""Who may count now: two previews at once in the whole house, one for each editor.

The rows are the lock, so that it holds between all processes on either database. A place
is a lease: a process that dies blocks nobody for longer than that.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from .models import PreviewTurn

PLACES = (1, 2)
LEASE = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class Turn:
    """One request of one editor; ``place`` is None while others are counted."""

    user_id: int
    number: int
    place: int | None = None

    @property
    def granted(self) -> bool:
        return self.place is not None

    @property
    def overtaken(self) -> bool:
        """Whether the editor has changed something since: nobody waits for this one."""
        return _row(self).filter(asked__gt=self.number).exists()


@contextmanager
def turn(user: Any, *, again: bool = False) -> Iterator[Turn]:
    """A place for one request of *user*, given back at the end.

    A request counts as newer than all before it, and overtakes the one that runs;
    *again* asks once more for the newest, and overtakes nothing.
    """
    mine = _ask(user, again=again)
    try:
        yield mine
    finally:
        if mine.granted:
            _row(mine).filter(running=mine.number).update(
                running=None, place=None, until=None
            )


def answer(mine: Turn, about: str, figure: dict[str, Any]) -> bool:
    """Keep what the editor was told, unless she was told something newer; if kept."""
    rows = _row(mine).filter(answered__lte=mine.number, asked=mine.number)
    return bool(rows.update(answered=mine.number, about=about, figure=figure))


def last_answer(user: Any, about: str) -> dict[str, Any]:
    """The figure that *user* was last told about this segment; empty for none."""
    rows = PreviewTurn.objects.filter(user=user, about=about)
    return rows.values_list("figure", flat=True).first() or {}


def _row(mine: Turn) -> Any:
    return PreviewTurn.objects.filter(user_id=mine.user_id)


def _ask(user: Any, *, again: bool) -> Turn:
    PreviewTurn.objects.get_or_create(user_id=user.pk)
    if not again:
        PreviewTurn.objects.filter(user_id=user.pk).update(asked=F("asked") + 1)
    late = PreviewTurn.objects.filter(until__lte=timezone.now())
    late.update(running=None, place=None, until=None)
    try:
        return _take(user.pk)
    except IntegrityError:
        number = PreviewTurn.objects.values_list("asked", flat=True).get(user=user)
        return Turn(user.pk, number)


@transaction.atomic
def _take(user_id: int) -> Turn:
    """Take a free place; ``IntegrityError`` where somebody was quicker."""
    row = PreviewTurn.objects.select_for_update().get(user_id=user_id)
    running = PreviewTurn.objects.exclude(place=None)
    taken = dict(running.values_list("user_id", "place"))
    free = [place for place in PLACES if place not in taken.values()]
    if user_id in taken or not free:
        return Turn(user_id, row.asked)
    mine = Turn(user_id, row.asked, free[0])
    PreviewTurn.objects.filter(pk=row.pk).update(
        running=mine.number, place=mine.place, until=timezone.now() + LEASE
    )
    return mine
