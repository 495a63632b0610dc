"""Compare two names: in kanji, kana and Latin letters, swapped, misspelt, married."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from crm_plugin import normalise

from . import characters
from .counts import Counts
from .distance import slips
from .familiar import NICKNAMES
from .persons import FIRM, Part, Person

SLIP, SWAPPED, OTHER_READING, SAME_SOUND, OTHER_KANJI, UNREAD = 4, 2, 3, 1, 3, -3


class Likeness(IntEnum):
    """How two halves of a name compare, the best last.

    ``CLOSE``: a letter apart, but each is a name that others bear. ``UNLIKELY``: kanji
    that are hardly read so. ``BLANK``: one of them is not there. ``UNKNOWN``: kanji of
    which nobody knows how they are read.
    """

    DIFFERENT = 0
    CLOSE = 1
    UNLIKELY = 2
    BLANK = 3
    UNKNOWN = 4
    NEAR = 5
    SOUND = 6
    SAME = 7


@dataclass(frozen=True, slots=True)
class Match:
    """The likeness of two halves and what it says, in bits."""

    likeness: Likeness
    bits: float = 0

    @property
    def agrees(self) -> bool:
        return self.likeness >= Likeness.NEAR


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What two whole names say together."""

    family: Match
    given: Match
    swapped: bool = False

    @property
    def bits(self) -> float:
        return self.family.bits + self.given.bits - (SWAPPED if self.swapped else 0)

    @property
    def reason(self) -> str:
        """The key of the reason, "" where the names do not agree."""
        if not self.given.agrees:
            return "same_family_name" if self.family.agrees else ""
        if self.family.likeness <= Likeness.CLOSE:
            return "same_given_name"
        if self.swapped:
            return "swapped_name"
        least = min(self.family.likeness, self.given.likeness)
        return {
            Likeness.SAME: "same_name",
            Likeness.SOUND: "same_sound",
            Likeness.NEAR: "similar_name",
        }.get(least, "same_given_name")


def compare(one: Person, other: Person, counts: Counts) -> NameMatch:
    """The better of the names as they stand, swapped, and typed into one box."""
    straight = NameMatch(
        likeness(one.family, other.family, counts),
        _given(one, other, counts),
    )
    if straight.given.likeness >= Likeness.SOUND and straight.family.agrees:
        return straight
    best = straight
    for candidate in _otherwise(one, other, counts):
        better = candidate.bits > max(best.bits, 0) or not best.given.agrees
        if candidate.family.agrees and candidate.given.agrees and better:
            best = candidate
    return best if best.given.agrees else _unsplit(best, one, other, counts)


def _unsplit(best: NameMatch, one: Person, other: Person, counts: Counts) -> NameMatch:
    """A long family name alone in its box was perhaps taken apart by mistake; and who
    left one name may have left the given one."""
    for mine, theirs in ((one, other), (other, one)):
        if mine.box and not best.family.agrees:
            family = likeness(mine.box, theirs.family, counts)
            if family.agrees:
                return NameMatch(family, Match(Likeness.BLANK))
        if not mine.given and mine.family and theirs.given and not best.family.agrees:
            given = likeness(mine.family, theirs.given, counts)
            if given.likeness >= Likeness.SOUND:
                return NameMatch(given, Match(Likeness.BLANK), swapped=True)
    return best


def _given(one: Person, other: Person, counts: Counts) -> Match:
    """The given names; an address may tell how one is read: ``nahoko.k@`` of 尚子."""
    match = likeness(one.given, other.given, counts)
    if match.likeness not in (Likeness.UNLIKELY, Likeness.UNKNOWN):
        return match
    for kanji, heard in ((one, other), (other, one)):
        spelt = [sound for sound in heard.given.sounds if len(sound) > 3]
        if _unread(kanji.given) and any(map(kanji.spells, spelt)):
            rarest = max(counts.bits("", sound) for sound in spelt)
            return Match(Likeness.SOUND, max(rarest - SAME_SOUND, 0))
    return match


def _otherwise(one: Person, other: Person, counts: Counts) -> Iterator[NameMatch]:
    family = likeness(one.family, other.given, counts)
    given = likeness(one.given, other.family, counts)
    least = min(family.likeness, given.likeness)
    if least >= Likeness.NEAR and max(family.likeness, given.likeness) > Likeness.NEAR:
        yield NameMatch(family, given, swapped=True)
    halves = [one.family, one.given], [other.family, other.given]
    if sum(map(bool, halves[0])) + sum(map(bool, halves[1])) == 3:
        yield from _in_one_box(one, other, counts)


def _in_one_box(one: Person, other: Person, counts: Counts) -> Iterator[NameMatch]:
    """山田花子 in one box is 山田 and 花子 in two."""
    if one.family and one.given:
        one, other = other, one
    box = one.family or one.given
    halves = other.family, other.given
    for first, second in (halves, halves[::-1]):
        spoken = {a + b for a in first.sounds for b in second.sounds}
        if box.written == first.written + second.written or spoken & set(box.sounds):
            family, given = (
                Match(Likeness.SAME, counts.bits(part.written)) for part in halves
            )
            yield NameMatch(family, given)


def likeness(one: Part, other: Part, counts: Counts) -> Match:
    """How alike two halves are, and the bits that this is worth."""
    if not one or not other:
        return Match(Likeness.BLANK)
    if one.written == other.written:
        return _same_writing(one, other, counts)
    if one.written in other.former or other.written in one.former:
        return Match(Likeness.NEAR, _fewest(one, other, counts))
    heard = set(one.sounds) & set(other.sounds)
    if heard and not _differ_in_length(one, other):
        rarest = max(counts.bits("", sound) for sound in heard)
        loss = sum(
            (SAME_SOUND, _kanji(one) and _kanji(other), one.guessed, other.guessed)
        )
        return Match(Likeness.SOUND, max(rarest - loss, 0))
    if one.latin and other.latin and _short_form(one, other):
        return Match(Likeness.NEAR, max(_fewest(one, other, counts) - 5, 1))
    slip = _slip(one, other, counts)
    if slip == Likeness.NEAR:
        return Match(slip, max(_fewest(one, other, counts) - SLIP, 1))
    if slip == Likeness.DIFFERENT:
        return _by_characters(one, other, counts)
    return Match(slip)


def _by_characters(one: Part, other: Part, counts: Counts) -> Match:
    """What the characters themselves say where the reading of one is not known."""
    kanji, heard = (one, other) if _unread(one) else (other, one)
    if not _unread(kanji):
        unknown = _cannot_tell(one, other)
        return Match(Likeness.UNKNOWN if unknown else Likeness.DIFFERENT)
    if not heard.sounds or heard.guessed:
        if not characters.agree(kanji.written, heard.written):
            return Match(Likeness.DIFFERENT)
        bits = _fewest(one, other, counts) - OTHER_KANJI - 2 * SAME_SOUND
        return Match(Likeness.SOUND, max(bits, 0))
    said = {characters.reads(kanji.written, sound) for sound in heard.sounds}
    if True in said:
        rarest = max(counts.bits("", sound) for sound in heard.sounds)
        loss = SAME_SOUND + (OTHER_KANJI if _kanji(heard) else 0)
        return Match(Likeness.SOUND, max(rarest - loss, 0))
    if _kanji(heard):
        return Match(Likeness.DIFFERENT)
    if None in said:
        return Match(Likeness.UNKNOWN)
    return Match(Likeness.UNLIKELY, UNREAD)


def _unread(part: Part) -> bool:
    """Kanji without the kana that would say how they are read."""
    return part.guessed and _kanji(part)


def _fewest(one: Part, other: Part, counts: Counts) -> float:
    """What the commoner of two spellings says."""
    return min(counts.bits(one.written), counts.bits(other.written))


def _same_writing(one: Part, other: Part, counts: Counts) -> Match:
    bits = 0 if one.written == FIRM else counts.bits(one.written)
    if not (one.kana and other.kana) or one.kana == other.kana:
        return Match(Likeness.SAME, bits)
    if set(one.sounds) & set(other.sounds) or slips(one.kana, other.kana) <= 2:
        return Match(Likeness.SAME, max(bits - 1, 1))
    return Match(Likeness.NEAR, max(bits - OTHER_READING, 0))


def _differ_in_length(one: Part, other: Part) -> bool:
    """ユキ and ユウキ are two names; Yuki may be either, and ユーキ is ユウキ."""
    if not (one.kana and other.kana) or "ー" in one.kana + other.kana:
        return False
    return one.kana != other.kana


def _short_form(one: Part, other: Part) -> bool:
    """J. for John, Bob for Robert, Mary for Mary Ann, Smith for Smith-Jones."""
    short, long = sorted((one, other), key=lambda part: len(part.written))
    if len(short.written.strip(".")) == 1:
        return long.written.startswith(short.written.strip("."))
    if long.written in NICKNAMES.get(short.written, ()):
        return True
    return len(long.words) > 1 and short.written in long.words


def _slip(one: Part, other: Part, counts: Counts) -> Likeness:
    """Whether one is the other misspelt. Two signs of difference are no slip."""
    if _kanji(one) and _kanji(other):
        # The writing differs already: only a mistaken conversion, read alike, is left;
        # or a character that makes a name which nobody else bears.
        if one.kana and other.kana:
            return Likeness.NEAR if one.kana == other.kana else Likeness.DIFFERENT
        known = [counts.is_name(*forms) for forms in _both_ways(one, other)]
        slip = known[0] != known[1] and slips(one.written, other.written, 1) == 1
        telling = characters.telling(one.written) and characters.telling(other.written)
        return Likeness.NEAR if slip and not telling else Likeness.DIFFERENT
    if one.kana and other.kana:
        return _near(one.kana, other.kana, counts, shortest=3)
    if one.latin and other.latin:
        return _near(one.written, other.written, counts, shortest=4)
    return max(
        (
            _near(mine, theirs, counts, shortest=4)
            for mine in one.sounds
            for theirs in other.sounds
        ),
        default=Likeness.DIFFERENT,
    )


def _both_ways(one: Part, other: Part) -> list[tuple[str, str]]:
    return [(one.written, other.written), (other.written, one.written)]


def _kanji(part: Part) -> bool:
    return not part.latin and part.written != part.kana


def _near(one: str, other: str, counts: Counts, *, shortest: int) -> Likeness:
    longest = max(len(one), len(other))
    allowed = 2 if longest >= shortest + 3 else 1
    if longest < shortest or slips(one, other, allowed) > allowed:
        return Likeness.DIFFERENT
    return Likeness.CLOSE if _both_names(one, other, counts) else Likeness.NEAR


def _both_names(one: str, other: str, counts: Counts) -> bool:
    """Many bear each of them: ケンタ and ケント are brothers, not a slip."""
    one, other = normalise.sound(one), normalise.sound(other)
    if one == other:
        return False
    return counts.is_name(one, other) and counts.is_name(other, one)


def _cannot_tell(one: Part, other: Part) -> bool:
    """A Western name written in kana."""
    if _kanji(one) and _kanji(other):
        return False
    if one.guessed or other.guessed:
        return True
    if one.latin == other.latin or not (one.sounds and other.sounds):
        return False
    latin = one if one.latin else other
    return not normalise.sounds_japanese(latin.sounds[0])
