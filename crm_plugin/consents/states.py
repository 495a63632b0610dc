"""What one line of the ledger does to a consent: the only place that knows.

Writing and rebuilding both ask here, so that a rebuild equals the current state.
"""

from dataclasses import dataclass
from datetime import datetime

from .models import Consent, ConsentEvent

Action = ConsentEvent.Action
PENDING, GRANTED, WITHDRAWN = Consent.State.values
YES = {Action.GRANT, Action.CONFIRM}
NO = {Action.WITHDRAW, Action.OBJECT}


@dataclass(frozen=True)
class Standing:
    """How a contact point stands to one topic."""

    state: str
    basis: str
    wording: int | None
    at: datetime


def after(before: Standing | None, event: ConsentEvent) -> Standing | None:
    """The standing after *event*; None: there is none.

    Asking never takes a granted consent away and never lifts a refusal; what staff
    state at an import never lifts one either. Only the person's own yes does. A basis
    that is taken back (an import undone) expires what stood on nothing else. How
    often and by what way somebody wants to hear from us grants and refuses nothing.
    """
    now = before.state if before else ""
    action = event.action
    if action == Action.PREFER:
        return before
    if action == Action.MERGE:
        return _settled(event)
    if action in YES:
        return _said(GRANTED, event)
    if action in NO:
        return before if now == WITHDRAWN else _said(WITHDRAWN, event)
    if action == Action.EXPIRE:
        return None if now == PENDING or _stood_on(before, event) else before
    if now in (GRANTED, WITHDRAWN):
        return before
    return _said(GRANTED if action == Action.ATTEST else PENDING, event)


def strictest(own: Standing | None, other: Standing | None) -> Standing | None:
    """Which of two standings of one address and topic holds when records are merged.

    A refusal on either is a refusal. Else a yes holds: asking again never took one
    away. Of two that say the same, the first stays.
    """
    found = [standing for standing in (own, other) if standing is not None]
    order = [WITHDRAWN, GRANTED, PENDING]
    return min(found, key=lambda standing: order.index(standing.state), default=None)


def _settled(event: ConsentEvent) -> Standing | None:
    said = event.evidence
    if not said.get("state"):
        return None
    at = datetime.fromisoformat(said["at"])
    return Standing(said["state"], event.basis, event.wording, at)


def _stood_on(before: Standing | None, event: ConsentEvent) -> bool:
    return bool(
        before
        and before.state == GRANTED
        and event.basis
        and before.basis == event.basis
    )


def _said(state: str, event: ConsentEvent) -> Standing:
    return Standing(state, event.basis, event.wording, event.at)
