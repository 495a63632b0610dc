"""Answers go when their form's time is over; what they led to stays.

Of what was taken in remain the row, without anything that was typed, for the counts;
the record with what was saved there; and the entry in the history, without its words.
What still waited in the quarantine goes whole. An answer that is owed, a mail that is
still to be written and a change that may still be confirmed keep the answers until then.
"""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Concat
from django.utils import timezone

from crm_plugin import queue
from crm_plugin.contacts import changes
from crm_plugin.delivery import post
from crm_plugin.touchpoints import log
from crm_plugin.touchpoints.models import Inquiry

from .models import Claim, Confirmation, Submission, Upload

State = Submission.State
PORTION = 500
# Where answers were typed, or tell who typed them.
EMPTIED: dict[str, Any] = {
    "answers": [],
    "email_norm": "",
    "phone_norm": "",
    "verified_for": "",
    "ip_truncated": "",
    "agent_hash": "",
}


def agree(page_id: int, days: int | None) -> None:
    """What came by the form of this page is kept so many *days*; None: for ever."""
    rows = Submission.objects.filter(page_id=page_id, forgotten_at=None)
    rows.exclude(keep_days=days).update(keep_days=days)


def due(now: dt.datetime) -> models.QuerySet[Submission]:
    """The submissions whose answers go, at the moment *now*."""
    kept = Submission.objects.filter(keep_days__isnull=False, forgotten_at=None)
    over = Q(pk=None)
    for days in kept.values_list("keep_days", flat=True).distinct().order_by():
        limit = now - dt.timedelta(days=days or 0)
        over |= Q(keep_days=days, received_at__lt=limit)
    owed = Inquiry.objects.open().filter(reference=OuterRef("reference"))
    hoped = Confirmation.objects.filter(
        submission=OuterRef("pk"),
        submission__claims__state=Claim.State.WAITING,
        confirmed_at=None,
        expires_at__gt=now,
    )
    rows = kept.filter(over).exclude(state__in=Submission.OPEN)
    return rows.filter(~Exists(owed), ~Exists(hoped))


def forget(portion: int = PORTION) -> int:
    """Delete the answers of at most *portion* submissions; of how many it did."""
    now = timezone.now()
    with transaction.atomic():
        locked = due(now).select_for_update(of=("self",)).order_by("pk")
        rows = list(locked.only("pk", "public_id", "processed_at", "contact")[:portion])
        known = [row for row in rows if row.processed_at is not None]
        unknown = [row.pk for row in rows if row.processed_at is None]
        Submission.objects.filter(pk__in=unknown).delete()
        if known:
            _empty(known, now)
    return len(rows)


def _empty(rows: list[Submission], now: dt.datetime) -> None:
    ids = [row.pk for row in rows]
    Upload.objects.filter(submission__in=ids).delete()
    Claim.objects.filter(submission__in=ids).delete()
    log.forget_words([row.touch_key for row in rows])
    post.forget_value([f"ack-{row.public_id}" for row in rows], "message")
    Submission.objects.filter(pk__in=ids).update(
        **EMPTIED,
        # The old one can be computed from the answers.
        key=Concat(Value("gone-"), F("reference")),
        state=Case(
            When(state=State.FAILED, then=Value(State.PROCESSED)), default=F("state")
        ),
        forgotten_at=now,
    )
    changes.note({row.contact_id for row in rows if row.contact_id}, log.ASPECT)


@queue.chore("answers-expiry", every=3_600)
def forget_hourly() -> bool:
    """Forget a portion; true while a full one was found."""
    return forget() >= PORTION
