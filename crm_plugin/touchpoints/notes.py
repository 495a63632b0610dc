"""Write down what happened: a call, a visit, a complaint; with the next step."""

import datetime as dt
from typing import Any

from django.db import transaction

from crm_plugin.contacts.models import Contact

from . import follow_ups, inquiries, log
from .happened import MEANINGS, Happened
from .models import Inquiry, Touchpoint


def write_down(
    contact: Contact,
    happened: str,
    *,
    summary: str,
    by: Any,
    key: str,
    channel: str = "",
    next_what: str = "",
    next_on: dt.date | None = None,
    next_phase: str = "",
    owed: bool = False,
    **said: Any,
) -> Touchpoint:
    """Record it once per *key*; plan the next step.

    What is *owed* an answer, and every complaint, opens an inquiry. *channel* replaces
    the usual one; *next_phase* is the step's own, else it is the note's. *said* is ``body phase at tags reason result`` of the touchpoint.
    """
    means = MEANINGS[Happened(happened)]
    with transaction.atomic():
        touchpoint = log.record(
            contact,
            means.kind,
            channel=channel or means.channel,
            direction=means.direction,
            summary=summary,
            by=by,
            key=f"note:{key}",
            **said,
        )
        inquiry = _inquiry(touchpoint, owed)
        if next_what and next_on:
            follow_ups.plan(
                contact,
                due_on=next_on,
                what=next_what,
                owner=by,
                inquiry=inquiry,
                phase=next_phase or touchpoint.phase,
                by=by,
            )
    return touchpoint


def _inquiry(touchpoint: Touchpoint, owed: bool) -> Inquiry | None:
    complains = touchpoint.kind == Touchpoint.Kind.COMPLAINT
    if not complains and not owed:
        return None
    known = Inquiry.objects.filter(touchpoint=touchpoint).first()
    return known or inquiries.open_inquiry(
        touchpoint.contact,
        touchpoint,
        kind=Inquiry.Kind.COMPLAINT if complains else Inquiry.Kind.QUESTION,
        subject=touchpoint.summary,
        language=touchpoint.contact.language,
    )
