"""A person's word on messages of which nobody knows whether they arrived.

The mail server took them, or may have, and never said so; we do not try again by
ourselves. Both words are journalled, and neither does anything to a row whose end has
become known meanwhile.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from crm_plugin import journal, queue
from crm_plugin.contacts import changes

from . import mailings
from .models import Delivery, Mailing

State = Delivery.State


def arrived(ids: Iterable[int], *, by: Any) -> int:
    """These reached their people: they count as sent from when they left; how many."""
    with transaction.atomic():
        rows = _doubtful(ids)
        _write(rows, state=State.SENT, sent_at=F("handed_at"), error="")
        _record(rows, State.SENT, by=by)
        changes.note({row.contact_id for row in rows if row.contact_id}, "responses")
    return len(rows)


def send_again(ids: Iterable[int], *, by: Any) -> int:
    """Hand these over once more, through every gate; how many.

    What belongs to a mailing that was taken back stays as it is.
    """
    with transaction.atomic():
        rows = _doubtful(ids, ~Q(mailing__state=Mailing.State.CANCELLED))
        _write(
            rows, state=State.PENDING, not_before=timezone.now(), attempts=0, error=""
        )
        mailings.go_on({row.mailing_id for row in rows if row.mailing_id})
        _record(rows, State.PENDING, by=by)
        queue.wake("deliver")
    return len(rows)


def _doubtful(ids: Iterable[int], *conditions: Q) -> list[Delivery]:
    rows: QuerySet[Delivery] = Delivery.objects.select_for_update(of=("self",))
    found = rows.filter(*conditions, pk__in=list(ids), state=State.UNCERTAIN)
    return list(found.order_by("pk"))


def _write(rows: list[Delivery], **values: Any) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**values)


def _record(rows: list[Delivery], state: str, *, by: Any) -> None:
    if rows:
        told = [
            ("crm_plugin.delivery", row.pk, "state", State.UNCERTAIN, state)
            for row in rows
        ]
        journal.record("delivery", told, by=by, summary=f"{len(rows)} {state}")
