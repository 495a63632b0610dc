"""What two ways to reach somebody, or two birthdays, say for and against one person.

Each piece gives a reason and its weight in bits: log2 of how much oftener it is seen
among doubles than among strangers (Fellegi and Sunter, *A theory for record linkage*,
JASA 64, 1969). Weights for values count how many share the value.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .counts import Counts
from .distance import slips
from .familiar import FREE_MAIL, ROLES
from .keys import at_home, shared_key
from .persons import Person

# A neighbouring year, another decade or century, another era (Heisei for Shōwa …).
WRONG_YEARS = {1, 2, 10, 20, 30, 63, 100}
Sharing = Callable[[int], int]


class Piece(NamedTuple):
    """One reason and its bits.

    ``own`` where a household does not share the value, ``few`` where nobody of another
    given name has it.
    """

    reason: str
    bits: float
    own: bool = False
    few: bool = False


def pieces(one: Person, other: Person, counts: Counts, sharing: Sharing) -> list[Piece]:
    """Everything but the names. *sharing* tells how many people have a key."""
    return [
        *_cards(one, other),
        *_emails(one, other, counts, sharing),
        *_phones(one, other, counts, sharing),
        *_places(one, other, counts, sharing),
        *birthdays(one.birth, other.birth),
    ]


def _cards(one: Person, other: Person) -> Iterator[Piece]:
    if set(one.cards) & set(other.cards):
        yield Piece("same_card", 24, own=True)
    elif one.cards and other.cards:
        yield Piece("other_card", -2)
    if set(one.ids) & set(other.ids):
        yield Piece("same_id", 24, own=True)


def _shared(
    kind: str, values: set[str], counts: Counts, sharing: Sharing
) -> tuple[float, int]:
    """Bits of the rarest of the *values*, and how many people share it."""
    fewest = min(sharing(shared_key(kind, value)) for value in values)
    return counts.shared_bits(fewest), fewest


def _emails(
    one: Person, other: Person, counts: Counts, sharing: Sharing
) -> Iterator[Piece]:
    """An address is nearly a name; one that many share belongs to an office."""
    if same := set(one.emails) & set(other.emails):
        bits, fewest = _shared("email", same, counts, sharing)
        role = all(address.partition("@")[0] in ROLES for address in same)
        if fewest > 4 or role:
            yield Piece("shared_email", min(bits, 6))
        else:
            yield Piece("same_email", bits + 6, own=fewest == 1, few=fewest == 1)
        return
    if one.emails and other.emails:
        best = max(
            (
                _two_addresses(mine, theirs, one, other, counts)
                for mine in one.emails
                for theirs in other.emails
            ),
            key=lambda piece: piece.bits,
        )
        yield best


def _two_addresses(
    mine: str, theirs: str, one: Person, other: Person, counts: Counts
) -> Piece:
    local, _at, domain = mine.partition("@")
    local2, _at, domain2 = theirs.partition("@")
    if local in ROLES or local2 in ROLES:
        return Piece("other_email", -1)
    own = min(_own_letters(local, one), _own_letters(local2, other))
    if local == local2:
        if slips(domain, domain2, 2) <= 2 and len(local) > 3:
            return Piece("similar_email", 4 + min(own, 6))
        return Piece("same_local", min(1.3 * own, 7))
    if domain == domain2 and len(local) > 4 and _is_slip(local, local2):
        return Piece("similar_email", 6 + min(own, 4) / 2)
    if domain == domain2 and domain not in FREE_MAIL:
        bits = counts.shared_bits(counts.by_written[f"@{domain}"]) - 6
        if bits > 0:
            return Piece("same_domain", min(bits, 5))
    return Piece("other_email", -1)


def _own_letters(local: str, person: Person) -> int:
    """Letters of an address that do not come from the name: namesakes share those."""
    rest = re.sub(r"[^a-z0-9]", "", local)
    for part in (person.family, person.given):
        for sound in (*part.sounds, part.written):
            if len(sound) > 2:
                rest = rest.replace(sound, "")
    starts = {sound[0] for p in (person.family, person.given) for sound in p.sounds}
    return 0 if set(rest) <= starts else len(rest)


def _is_slip(one: str, other: str) -> bool:
    """taro1 and taro2 are two people; taro12 and taro21 may be one."""
    most = 2 if len(one) > 8 else 1
    if slips(one, other, most) > most:
        return False
    letters = [re.sub(r"\d", "", text) for text in (one, other)]
    digits = [re.sub(r"\D", "", text) for text in (one, other)]
    if letters[0] == letters[1]:
        return len(digits[0]) > 1 and sorted(digits[0]) == sorted(digits[1])
    return True


def _phones(
    one: Person, other: Person, counts: Counts, sharing: Sharing
) -> Iterator[Piece]:
    if same := set(one.phones) & set(other.phones):
        bits, fewest = _shared("phone", same, counts, sharing)
        if fewest > 8:
            yield Piece("shared_phone", min(bits, 6))
        else:
            mobile, few = any(map(_mobile, same)), fewest == 1
            more = 4 if mobile else 1
            yield Piece("same_phone", bits + more, own=mobile and few, few=few)
        return
    if not (one.phones and other.phones):
        return
    near = any(
        _one_digit(at_home(mine), at_home(theirs))
        for mine in one.phones
        for theirs in other.phones
    )
    yield Piece("similar_phone", 8) if near else Piece("other_phone", -1)


def _mobile(phone: str) -> bool:
    return phone.startswith(("+8170", "+8180", "+8190"))


def _one_digit(one: str, other: str) -> bool:
    """One digit wrong, missing or swapped, in numbers long enough to be whole."""
    return min(len(one), len(other)) > 8 and slips(one, other, 1) == 1


def _places(
    one: Person, other: Person, counts: Counts, sharing: Sharing
) -> Iterator[Piece]:
    if same := set(one.places) & set(other.places):
        bits, fewest = _shared("place", same, counts, sharing)
        bits = min(bits - 2, 14) if fewest <= 20 else 3
        yield Piece("same_address", bits, few=fewest == 1)
    elif set(one.postcodes) & set(other.postcodes):
        yield Piece("same_postcode", 3)
    elif one.places and other.places:
        yield Piece("other_address", -1)


def birthdays(one: dt.date | None, other: dt.date | None) -> Iterator[Piece]:
    """Some 18,000 days; the first of January is what forms offer, not a birthday."""
    if not one or not other:
        return
    usual = (1, 1) in ((one.month, one.day), (other.month, other.day))
    if one == other:
        yield Piece("same_birthday", 4 if usual else 14, own=not usual)
    elif usual:
        return
    elif (one.month, one.day) == (other.month, other.day):
        slip = abs(one.year - other.year) in WRONG_YEARS
        yield Piece("similar_birthday", 3 if slip else 0)
    elif _similar(one, other):
        yield Piece("similar_birthday", 2)
    else:
        yield Piece("other_birthday", -12)


def _similar(one: dt.date, other: dt.date) -> bool:
    """One slip: a digit, or day and month swapped."""
    if one.year == other.year and (one.month == other.month or one.day == other.day):
        return True
    swapped = (one.month, one.day) == (other.day, other.month)
    if one.year == other.year and swapped:
        return True
    return slips(f"{one:%Y%m%d}", f"{other:%Y%m%d}", 1) == 1
