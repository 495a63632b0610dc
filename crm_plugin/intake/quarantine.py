"""What waits for a person's look: let it in, or say that it is spam.

Nothing is dropped by itself. What somebody called spam is deleted after
``CRM_SPAM_DAYS``; until then it can still be let in.
"""

import datetime as dt
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.conf import setting

from . import limits
from .models import Submission

State = Submission.State
QUARANTINED = (State.HELD, State.SPAM)
PORTION = 2_000


def release(rows: QuerySet, **extra: Any) -> int:
    """Let those of *rows* in that wait, as if they had come just now; how many.

    One statement; a worker runs the whole capture for each of them. One that was taken
    in already is owed its mail only.
    """
    now = timezone.now()
    waiting = rows.filter(state__in=[*Submission.WAITING, State.SPAM])
    released = waiting.update(
        state=Case(
            When(processed_at__isnull=False, then=Value(State.TAKEN_IN)),
            default=Value(State.STORED),
        ),
        released_at=Case(
            When(state__in=QUARANTINED, then=Value(now)), default=F("released_at")
        ),
        judged_at=None,
        attempts=0,
        error="",
        due_at=now,
        **extra,
    )
    if released:
        queue.wake("intake")
    return released


def call_spam(rows: QuerySet) -> int:
    """Somebody looked at them: those of *rows* that are held are spam; how many."""
    held = rows.filter(state=State.HELD)
    return held.update(state=State.SPAM, judged_at=timezone.now())


def spam_expires_at(row: Submission) -> dt.datetime | None:
    """When *row* will be deleted; None when it will not."""
    if row.state != State.SPAM or row.judged_at is None:
        return None
    return row.judged_at + dt.timedelta(days=setting("CRM_SPAM_DAYS"))


@queue.chore("spam-purge", every=3_600)
def purge() -> bool:
    """Delete what was called spam long ago, and counts that nobody needs any more."""
    limits.forget_old()
    limit = timezone.now() - dt.timedelta(days=setting("CRM_SPAM_DAYS"))
    old = Submission.objects.filter(state=State.SPAM, judged_at__lt=limit)
    ids = list(old.values_list("pk", flat=True)[:PORTION])
    Submission.objects.filter(pk__in=ids).delete()
    return len(ids) == PORTION
