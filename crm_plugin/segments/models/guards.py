"""What keeps a version of a segment from coming into force, asked of one at a time, and
a segment in force from being switched off."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from crm_plugin import rules

# The number of the lock: one for the whole house.
LOCK = 7_307_160_418
Guard = Callable[[Any], str]
guards: list[Guard] = []
keepers: list[Guard] = []


def guard(refusal: Guard) -> Guard:
    """Register what tells why a version must not come into force, or nothing."""
    guards.append(refusal)
    return refusal


def keeper(refusal: Guard) -> Guard:
    """Register what tells why a segment must not be switched off, or nothing."""
    keepers.append(refusal)
    return refusal


def in_turn() -> None:
    """Until the running transaction ends nobody else brings a rule into force.

    SQLite has a single writer; elsewhere whoever asks waits here.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def refusals(draft: Any) -> list[str]:
    """Why *draft* must not come into force; one that is planned does not yet."""
    if draft.go_live_at is not None and draft.go_live_at > timezone.now():
        return []
    return [text for ask in (*guards, *_keepers_of(draft)) if (text := ask(draft))]


def refuse_switching_off(segment: Any) -> None:
    """Raise ``BrokenRule`` where *segment*, as it is in memory, must stay switched on."""
    if found := [text for ask in _keepers_of(segment) if (text := ask(segment))]:
        raise rules.BrokenRule(found)


def _keepers_of(segment: Any) -> list[Guard]:
    """Nobody is asked about one that is switched on, or not stored yet."""
    return [] if segment.active or segment.pk is None else keepers
