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
    that is taken back (an import undone) expires what stood on nothing else.
    """
    now = before.state if before else ""
    action = event.action
    if action in YES:
        return _said(GRANTED, event)
    if action in NO:
        return before if now == WITHDRAWN else _said(WITHDRAWN, event)
    if action == Action.EXPIRE:
        return None if now == PENDING or _stood_on(before, event) else before
    if now in (GRANTED, WITHDRAWN):
        return before
    return _said(GRANTED if action == Action.ATTEST else PENDING, event)


def _stood_on(before: Standing | None, event: ConsentEvent) -> bool:
    return bool(
        before
        and before.state == GRANTED
        and event.basis
        and before.basis == event.basis
    )


def _said(state: str, event: ConsentEvent) -> Standing:
    return Standing(state, event.basis, event.wording, event.at)
