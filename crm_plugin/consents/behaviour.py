"""The choice whether pages read and words searched for are noted, in the ledger.

It is a browser's choice, kept in the browser. Where the browser is recognised it also
stands in the ledger, as evidence, under a purpose of its own: there is no topic for it,
because nobody is written to on its ground, and no address, because none was asked.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from crm_plugin.contacts import changes

from .models import ConsentEvent, ConsentSubject
from .subjects import subjects_for
from .writing import ASPECT

PURPOSE, CHANNEL, SOURCE = "site-behaviour", "web", "consent bar"
Action = ConsentEvent.Action
# Older lines on the same purpose that a subject may have; the last one counts.
SAID = (Action.GRANT, Action.WITHDRAW)


@dataclass(frozen=True)
class Choice:
    """What a recognised browser chose: when, and beside which wording."""

    contact_id: int
    yes: bool
    wording: int | None = None
    at: dt.datetime | None = None
    verified: bool = False


def note(choices: Iterable[Choice]) -> int:
    """Write what is new for the ledger; how many lines that were.

    A yes that stands is not said again, and a no only where there was a yes.
    """
    last = {choice.contact_id: choice for choice in choices}
    if not last:
        return 0
    with transaction.atomic():
        granted = _granted(set(last))
        new = [
            each for each in last.values() if each.yes != (each.contact_id in granted)
        ]
        people = subjects_for(each.contact_id for each in new)
        ConsentEvent.objects.bulk_create(
            ConsentEvent(
                subject=people[each.contact_id],
                address_hash="",
                channel=CHANNEL,
                topic=PURPOSE,
                action=Action.GRANT if each.yes else Action.WITHDRAW,
                basis="opt_in" if each.yes else "",
                wording=each.wording,
                source=SOURCE,
                evidence=_evidence(each),
                at=timezone.now(),
            )
            for each in new
        )
        changes.note({each.contact_id for each in new}, ASPECT)
    return len(new)


def _granted(contact_ids: set[int]) -> set[int]:
    """Those whose last word on it is a yes; two queries."""
    subjects = ConsentSubject.objects.filter(contact_id__in=contact_ids)
    holders = dict(subjects.values_list("subject", "contact_id"))
    events = ConsentEvent.objects.filter(topic=PURPOSE, action__in=SAID)
    events = events.filter(subject__in=list(holders))
    newest = events.order_by().values("subject").annotate(last=Max("pk"))
    last: dict[int, int] = {}
    for row in newest:
        holder = holders[row["subject"]]
        last[holder] = max(last.get(holder, 0), row["last"])
    said = dict(
        ConsentEvent.objects.filter(pk__in=last.values()).values_list("pk", "action")
    )
    return {holder for holder, pk in last.items() if said[pk] == Action.GRANT}


def _evidence(choice: Choice) -> dict[str, str]:
    found = {"browser": "verified" if choice.verified else "recognised"}
    if choice.at:
        found["said_at"] = choice.at.isoformat()
    return found
