"""Refreshing scores: all contacts, the changed ones, or on the clock."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crm_plugin import queue, rules

from . import spread
from .computing import NOBODY, Sql, most_contacts, points_of
from .lines import EVERY_LINE
from .models import Score
from .writing import Overtaken, apply

WORK = "score"
CHUNK = 2_000
TRIES = 5
# What could not be refreshed, for a reason that may pass, is tried again.
LATER = dt.timedelta(hours=1)
logger = logging.getLogger(__name__)
Follower = Callable[[Score], None]
_followers: list[Follower] = []


def follow(function: Follower) -> Follower:
    """Register what rests on scores: called when a whole refresh changed points."""
    _followers.append(function)
    return function


def refresh(score: Score, *, at: dt.datetime | None = None) -> int:
    """Work out everybody's points and write only the difference; how many changed.

    A number of statements that does not depend on the number of contacts, except for
    slices on SQLite. Raises ``BrokenRule`` when a line cannot be evaluated any more;
    the points stay as they were.
    """
    at = at or timezone.now()
    try:
        moved = _apply_undisturbed(score, _points(score, at), at)
    except rules.BrokenRule:
        _freeze(score.pk, at)
        raise
    _note_state(score, at)
    spread.recount(score)
    if moved:
        for function in _followers:
            function(score)
    return moved


def _points(score: Score, at: dt.datetime, among: list[int] | None = None) -> Sql:
    if not score.active:
        return NOBODY, []
    return points_of(score.read_lines, at, among)


def _apply(score_id: int, points: Sql, **how: Any) -> Any:
    """Write the points; ``BrokenRule`` for what the database refuses."""
    with rules.evaluating(passing=Overtaken):
        return apply(score_id, points, **how)


def _freeze(score_id: int, at: dt.datetime) -> None:
    """Remember since when the points stay as they are; try again once a day."""
    row = Score.objects.filter(pk=score_id)
    row.filter(frozen_at=None).update(frozen_at=at)
    row.update(next_change_at=at + dt.timedelta(days=1))


def _apply_undisturbed(score: Score, points: Sql, at: dt.datetime) -> Any:
    """Write; begin again when changes were worked in meanwhile."""
    row = Score.objects.filter(pk=score.pk)
    if connection.vendor == "postgresql":
        with transaction.atomic():
            list(row.select_for_update().values("pk"))
            return _apply(score.pk, points)
    for _attempt in range(TRIES):
        before = row.values_list("refreshed_at").first()

        def unchanged(before: Any = before) -> bool:
            return row.values_list("refreshed_at").first() == before

        try:
            return _apply(score.pk, points, still=unchanged)
        except Overtaken:
            continue
    raise Overtaken


def _note_state(score: Score, at: dt.datetime) -> None:
    Score.objects.filter(pk=score.pk).update(
        refreshed_at=at, next_change_at=_next_change(score, at), frozen_at=None
    )
    score.refresh_from_db(fields=["refreshed_at", "next_change_at", "frozen_at"])


def _next_change(
    score: Score, at: dt.datetime, before: dt.datetime | None = None
) -> dt.datetime | None:
    """When its points may change by the clock, or *before*, whichever is sooner."""
    moments = [line.next_change(at) for line in score.read_lines if score.active]
    return min((moment for moment in (*moments, before) if moment), default=None)


def refresh_contacts(contact_ids: Iterable[int], aspects: Iterable[str]) -> set[int]:
    """Look again at contacts that changed; the ids of those whose points changed.

    Only scores with a line that rests on one of *aspects* are asked. The cost follows
    the number of contacts given.
    """
    ids, aspects = sorted(set(contact_ids)), set(aspects)
    moved: set[int] = set()
    if not ids:
        return moved
    at = timezone.now()
    with rules.remembering():
        scores = [row for row in Score.objects.in_force() if _rests_on(row, aspects)]
        for score in scores:
            moved |= _refresh_changed(score.pk, ids, at)
    return moved


def _rests_on(score: Score, aspects: set[str]) -> bool:
    if score.frozen_at:
        # Whoever changed meanwhile is looked at with everybody, once it works again.
        return False
    trees = [line.tree for line in score.read_lines]
    return bool(aspects & EVERY_LINE) or any(rules.aspects(t) & aspects for t in trees)


def _refresh_changed(score_id: int, ids: list[int], at: dt.datetime) -> set[int]:
    moved: set[int] = set()
    try:
        while ids:
            with transaction.atomic():
                # A whole refresh waits for us; lines edited meanwhile are to be asked.
                rows = Score.objects.in_force().filter(pk=score_id)
                score = rows.select_for_update().first()
                if score is None:
                    break
                size = min(CHUNK, most_contacts(score.read_lines))
                among, ids = ids[:size], ids[size:]
                found = _apply(score_id, _points(score, at, among), among=among)
                moved |= found if isinstance(found, set) else set()
                # Told even when nobody moved: who refreshes everybody begins again.
                told = {"spread_at": None} if found else {}
                sooner = _next_change(score, at, score.next_change_at)
                rows.update(refreshed_at=at, next_change_at=sooner, **told)
    except rules.BrokenRule:
        _freeze(score_id, at)
    return moved


def start(score: Score, *, by: Any = None) -> queue.Work:
    """Ask a worker for a refresh of everybody."""
    return queue.start(WORK, str(score.pk), by=by)


def start_who_ask(asks: Callable[[Any], bool]) -> None:
    """Refresh every score in force of one of whose lines *asks* is true."""
    for score in Score.objects.in_force():
        if any(asks(line.tree) for line in score.read_lines):
            start(score)


@queue.handler(WORK)
def refresh_in_worker(work: queue.Work, until: float) -> bool:
    """Refresh one score wholly, again if its lines were changed meanwhile."""
    score = Score.objects.filter(pk=int(work.key)).first()
    if score is None:
        return True
    try:
        moved = refresh(score)
    except rules.BrokenRule as error:
        work.advance(0, result={"problems": error.problems})
        return True
    except Overtaken:
        return False
    work.advance(1, total=1, result={"moved": moved})
    now = Score.objects.filter(pk=score.pk).first()
    return now is None or (now.lines, now.active) == (score.lines, score.active)


@queue.chore("scores", every=300)
def refresh_by_clock() -> bool:
    """Refresh one score whose points may have changed with the days."""
    now = timezone.now()
    due = Score.objects.in_force().filter(next_change_at__lte=now)
    score = due.order_by("next_change_at").first()
    if score is None:
        return False
    try:
        refresh(score, at=now)
    except (rules.BrokenRule, Overtaken):
        return True
    except Exception as error:  # noqa: BLE001 - the next one must not wait for it
        logger.error("Score %s waits: %s", score.pk, queue.trace_of(error))
        Score.objects.filter(pk=score.pk).update(next_change_at=now + LATER)
    return True
