"""Are these two contacts one person? A probability, and the reasons for it.

The bits of all pieces are added to the odds against any two contacts (Fellegi and
Sunter 1969); p = 1 / (1 + 2 ** -bits). Three things no sum may hide: who bears another
given name is another person, however much the household shares; who was born on
another day nearly always; and a name alone is no evidence.
"""

from dataclasses import dataclass

from crm_plugin.contacts.models.duplicates import FLOORS, Strength

from . import naming
from .counts import Counts
from .evidence import Piece, Sharing, pieces
from .naming import Likeness, NameMatch
from .persons import Person

MARRIED = -5
CLOSE = -6
NAME_ALONE = 7
BARELY_AT_MOST, POSSIBLE_AT_MOST, LIKELY_AT_MOST = 0.65, 0.75, 0.95
STRONG = {"same_email", "same_card", "same_id"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How probable, and why; reasons against stand last."""

    score: float
    reasons: tuple[str, ...]


def score(
    one: Person, other: Person, counts: Counts, sharing: Sharing
) -> Verdict | None:
    """The verdict on two contacts; None where nobody needs to look."""
    names = naming.compare(one, other, counts)
    if names.given.likeness == Likeness.DIFFERENT:
        return None
    found = pieces(one, other, counts, sharing)
    bits = names.bits + sum(piece.bits for piece in found) - counts.prior
    bits += MARRIED * (names.family.likeness <= Likeness.CLOSE)
    bits += CLOSE * (names.given.likeness == Likeness.CLOSE)
    probability = min(1 / (1 + 2**-bits), _at_most(names, found, bits))
    if probability < FLOORS[Strength.POSSIBLE]:
        return None
    return Verdict(round(probability, 4), _reasons(names, found))


def _at_most(names: NameMatch, found: list[Piece], bits: float) -> float:
    """What the probability may not exceed, whatever the sum is."""
    reasons = {piece.reason for piece in found}
    strong = bool(reasons & STRONG)
    if names.given.likeness == Likeness.CLOSE:
        return 1 if strong and "same_birthday" in reasons else 0
    if "other_birthday" in reasons:
        whole = names.given.agrees and names.family.agrees
        return POSSIBLE_AT_MOST if strong and whole else 0
    helping = [piece for piece in found if piece.bits > 0]
    if not helping:
        alone = not found and bits >= NAME_ALONE
        return POSSIBLE_AT_MOST if alone else 0
    if not names.given.agrees:
        return _without_given(names, helping, strong=strong)
    if names.family.likeness <= Likeness.UNLIKELY:
        return 1 if any(piece.own for piece in helping) else 0
    return 1


def _without_given(names: NameMatch, helping: list[Piece], *, strong: bool) -> float:
    """A household shares its name and its number: who of them is it?"""
    if names.family.likeness <= Likeness.UNLIKELY:
        return 0
    own = [piece for piece in helping if piece.own]
    if names.given.likeness == Likeness.UNLIKELY:
        return POSSIBLE_AT_MOST if strong and len(own) > 1 else 0
    if strong and own:
        return 1
    if {piece.reason for piece in helping} <= {"same_birthday", "same_postcode"}:
        return 0
    if not own and not any(piece.few for piece in helping):
        return 0
    if len(own) > 1 and names.family.agrees:
        return LIKELY_AT_MOST
    return POSSIBLE_AT_MOST if own else BARELY_AT_MOST


def _reasons(names: NameMatch, found: list[Piece]) -> tuple[str, ...]:
    best = sorted(found, key=lambda piece: -piece.bits)
    ordered = [names.reason, *(piece.reason for piece in best if piece.bits > 0)]
    if names.family.likeness <= Likeness.CLOSE:
        ordered.append("other_family_name")
    ordered += [piece.reason for piece in best if piece.bits < 0]
    return tuple(reason for reason in ordered if reason)
