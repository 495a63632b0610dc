"""Everything that proves how one address stands, line by line, from the ledger alone.

The lines are found by the address itself, so they are there when contact, page and
revision are gone; the words are those that stood on the screen at that time.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from crm_plugin import signing
from crm_plugin.contacts import points
from crm_plugin.contacts.models import ContactPoint

from . import words
from .models import ConsentEvent, ConsentSeal, ConsentSubject, Wording


@dataclass(frozen=True)
class Line:
    """One line of the ledger with the words that stood there, and who sealed it."""

    event: ConsentEvent
    wording: Wording | None = None
    sealed_at: dt.datetime | None = None
    wishes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def page_title(self) -> str:
        return str(self.event.evidence.get("page_title", ""))

    @property
    def page_url(self) -> str:
        return str(self.event.evidence.get("page_url", ""))

    @property
    def note(self) -> str:
        """What was noted beside it, such as at an import."""
        return str(self.event.evidence.get("note", ""))


def of_address(kind: str, value: str) -> list[Line]:
    """The lines about the address that somebody typed, in their order."""
    hashes = signing.address_hashes(kind, points.norm(kind, value))
    return _lines(ConsentEvent.objects.filter(address_hash__in=hashes))


def of_point(point: ContactPoint) -> list[Line]:
    """The same of a stored address, and what was said for its contact as a whole."""
    hashes = signing.address_hashes(point.kind, point.value_norm)
    subjects = ConsentSubject.objects.filter(contact=point.contact_id)
    person = Q(address_hash="", subject__in=subjects.values("subject"))
    return _lines(ConsentEvent.objects.filter(Q(address_hash__in=hashes) | person))


def _lines(rows: QuerySet[ConsentEvent]) -> list[Line]:
    """Three queries, however many lines."""
    events = list(rows.order_by("id"))
    wordings = Wording.objects.in_bulk({e.wording for e in events if e.wording})
    seals = list(ConsentSeal.objects.order_by("up_to")) if events else []
    return [
        Line(
            event,
            wordings.get(event.wording or 0),
            next((seal.at for seal in seals if seal.up_to >= event.pk), None),
            _wishes(event),
        )
        for event in events
    ]


def _wishes(event: ConsentEvent) -> list[tuple[str, Any]]:
    is_wish = event.action == ConsentEvent.Action.PREFER
    return words.wishes(event.evidence) if is_wish else []
