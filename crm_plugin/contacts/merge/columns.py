"""The columns of the record itself: one value stays, by choice or because it is filled."""

import secrets
from typing import Any

from django.utils import timezone

from .joining import BOTH, DUPLICATE, SURVIVOR, Merging, blank

COLUMNS = (
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "birth_on",
    "language",
    "owner_id",
    "heard_from",
    "heard_from_note",
    "introduced_by_id",
    "note",
)
# Nothing that somebody wrote down is thrown away unless a person says so.
ADDS_UP = {"note"}


def join_columns(merging: Merging) -> None:
    """Write the chosen values to the survivor, with what both records know together."""
    own, other = merging.survivor, merging.duplicate
    values = {name: _joined(merging, name) for name in COLUMNS}
    confirmed = [at for at in (own.confirmed_at, other.confirmed_at) if at]
    merging.edit(
        own,
        **values,
        confirmed_at=min(confirmed, default=None),
        created_at=min(own.created_at, other.created_at),
        updated_at=timezone.now(),
        version=_fresh_version(),
    )


def _joined(merging: Merging, name: str) -> Any:
    own, other = getattr(merging.survivor, name), getattr(merging.duplicate, name)
    if name == "introduced_by_id":
        own, other = _introducers(merging)
    if adds_up(name, own, other, merging.choices.get(name, BOTH)):
        return f"{own}\n\n{other}"
    return {SURVIVOR: own, DUPLICATE: other}[merging.prefers(name, own, other)]


def adds_up(name: str, own: Any, other: Any, said: str = BOTH) -> bool:
    """Whether the two values of *name* are kept one below the other."""
    if name not in ADDS_UP or said != BOTH:
        return False
    return not (blank(own) or blank(other) or own == other)


def _introducers(merging: Merging) -> tuple[int | None, int | None]:
    """Nobody introduced themselves."""
    both = {merging.survivor.pk, merging.duplicate.pk}
    found = (merging.survivor.introduced_by_id, merging.duplicate.introduced_by_id)
    own, other = (None if pk in both else pk for pk in found)
    return own, other


def _fresh_version() -> int:
    """A number that no form holds: neither one that was opened before the merge nor,
    once the undo put the old number back, one that was opened on the merged record."""
    return 1_000_000 + secrets.randbelow(1_000_000_000)
