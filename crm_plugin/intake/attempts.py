"""When a submission is taken in and answered, and what happens when that fails.

The submission's own row is the work: its state says what is still to be done, its
``due_at`` when to try again. A worker does what the visitor need not wait for.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone

from crm_plugin import journal, queue
from crm_plugin.bookings.reserve import NotBookable, SlotTaken
from crm_plugin.conf import setting

from . import acknowledge, process, submissions
from .models import Submission

logger = logging.getLogger(__name__)
State = Submission.State
PORTION = 50
# Minutes until the next attempt, by attempts made; after the last one staff are asked.
RETRY_MINUTES = [1, 5, 30, 120]
# What goes wrong without anybody's mistake, and is gone the next time: a lock or a
# lost connection, two at once, a record that somebody changed meanwhile.
EXPECTED = (
    OperationalError,
    InterfaceError,
    IntegrityError,
    journal.Stale,
    process.Overtaken,
)


def capture(submission: Submission) -> Submission:
    """What happens while the visitor waits: nothing more, as ``CRM_CAPTURE`` says.

    A booking is always tried now: only then can the visitor choose another time.
    Raises ``SlotTaken`` and ``NotBookable`` for it, with the submission kept; nothing
    else.
    """
    booking = submission.kind == Submission.Kind.BOOKING
    if booking and submission.state == State.FAILED:
        # She pressed once more: the time may be free again.
        submissions.release(submission)
    if submission.state != State.STORED:
        return submission
    if booking or setting("CRM_CAPTURE") == "request":
        submission = _try(process.process, submission)
    # One wake-up: whoever writes the mail looks at the change feed as well.
    queue.wake("intake" if submission.state in Submission.OPEN else "changes")
    return submission


def attempt(submission: Submission) -> Submission:
    """Do all that is left, once; what goes wrong is noted on the row and tried again.

    Raises ``SlotTaken`` and ``NotBookable``: another attempt would not help.
    """
    submission = _try(process.process, submission)
    if submission.state == State.TAKEN_IN:
        submission = _try(acknowledge.acknowledge, submission)
    return submission


def _try(step: Callable[[Submission], Submission], row: Submission) -> Submission:
    if row.state not in Submission.OPEN:
        return row
    try:
        return step(row)
    except (SlotTaken, NotBookable) as error:
        _note(row, state=State.FAILED, error=type(error).__name__)
        raise
    except EXPECTED as error:
        # The class only: a message may hold what somebody typed.
        logger.warning("Submission %s failed: %s", row.pk, type(error).__name__)
        return _again(row, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a mistake of ours costs no submission
        logger.error("Submission %s met a mistake: %s", row.pk, queue.trace_of(error))
        return _again(row, queue.place_of(error))


def _again(row: Submission, error: str) -> Submission:
    """Note the failed attempt, and when the next one is due."""
    attempts = row.attempts + 1
    if attempts > len(RETRY_MINUTES):
        return _note(row, attempts=attempts, state=State.FAILED, error=error)
    pause = timedelta(minutes=RETRY_MINUTES[attempts - 1])
    return _note(row, attempts=attempts, due_at=timezone.now() + pause, error=error)


def _note(row: Submission, **values: Any) -> Submission:
    """Write it down, unless somebody else got further with this row meanwhile.

    Where even that is not possible, the row stays due as it is.
    """
    try:
        Submission.objects.filter(pk=row.pk, state=row.state).update(**values)
    except EXPECTED as error:
        logger.warning("Submission %s not noted: %s", row.pk, type(error).__name__)
    for name, value in values.items():
        setattr(row, name, value)
    return row


@queue.chore("intake", every=60)
def work_off() -> bool:
    """Do what is due; true while a full portion was found."""
    rows = list(Submission.objects.due().order_by("due_at", "id")[:PORTION])
    for row in rows:
        try:
            attempt(row)
        except (SlotTaken, NotBookable):
            continue
    if rows:
        queue.wake("changes")
    return len(rows) == PORTION
