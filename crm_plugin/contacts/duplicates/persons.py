"""What is compared of a contact: names in every form, ways to reach, birthday."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact, ContactPoint

from . import characters
from .counts import Counts, fold, sound
from .rows import among

REMEMBERED = 120_000
Kind = ContactPoint.Kind
_NUMERALS = str.maketrans("一二三四五六七八九〇", "1234567890")
_NUMBER_WORDS = re.compile("[一二三四五六七八九〇]+(?=丁目|番|号|条|の)")
_NUMBERS = re.compile(r"\d+")
# A married woman's former name, written behind the new one.
_FORMER = re.compile(r"\s*[(（]\s*(?:旧姓?|née?|nee)\s*[:：]?\s*|\s*[)）]\s*")
_DEPARTMENT = re.compile("[部課係室店局科院校]$|担当$|事務所$|営業所$|センター$")
# 000-0000-0000, 090-1111-1111.
_FILLING = re.compile(r"(\d)\1{6}$|^0+$")
FIRM = "@"
# Of names that nobody else on record bears: how often they are so long.
USUAL_LENGTHS = {(2, 2): 1 / 2, (2, 1): 1 / 5, (1, 2): 1 / 6, (2, 3): 1 / 7}
USUAL_LENGTHS |= {(3, 2): 1 / 8, (3, 1): 1 / 9, (1, 1): 1 / 10, (1, 3): 1 / 11}
_NOT_LETTERS = re.compile(r"丁目|番地|番|号室|号|条|[\d\W_]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a name. ``sounds`` are guessed where it stands in kanji alone."""

    written: str = ""
    kana: str = ""
    sounds: tuple[str, ...] = ()
    guessed: bool = False
    words: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written)

    @property
    def latin(self) -> bool:
        return self.written.isascii()


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the search sees it; every value normalised.

    ``box``: the name as it stood in one box, where it was taken apart by guessing.
    """

    pk: int
    family: Part
    given: Part
    birth: dt.date | None
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    cards: tuple[str, ...]
    ids: tuple[str, ...]
    places: tuple[str, ...]
    postcodes: tuple[str, ...]
    box: Part | None = None

    def spells(self, sound: str) -> bool:
        """Whether an e-mail address of theirs holds this name."""
        words = (
            normalise.sound(word)
            for address in self.emails
            for word in re.split("[^a-z]+", address.partition("@")[0])
        )
        return any(sound in word for word in words if word)


class Reader:
    """Reads persons slice by slice: two queries each, parts of names made once.

    A person is made again only where what is on record differs from the last time.
    """

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self._made: dict[int, tuple[int, Person]] = {}
        self.part = lru_cache(maxsize=100_000)(self._part)
        self.apart = lru_cache(maxsize=10_000)(self._apart)

    def read(self, ids: Iterable[int]) -> dict[int, Person]:
        """{id: person} of those, and their neighbours, who are not archived."""
        wanted = sorted(ids)
        points: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
        rows = ContactPoint.objects.filter(among("contact_id", wanted)).order_by()
        for pk, *point in rows.values_list("contact_id", "kind", "value_norm", "value"):
            points[pk].append((point[0], point[1], point[2]))
        found = Contact.objects.current().filter(among("pk", wanted)).order_by()
        names = ("family_name", "given_name", "family_kana", "given_kana", "birth_on")
        if len(self._made) > REMEMBERED:
            self._made.clear()
        return {
            pk: self._person(pk, names, points.get(pk, []))
            for pk, *names in found.values_list("pk", *names)
        }

    def _person(self, pk: int, names: list, points: list) -> Person:
        said = hash((*names, *points))
        before, person = self._made.get(pk, (None, None))
        if person is None or before != said:
            person = self.person(pk, names[:4], names[4], points)
            self._made[pk] = said, person
        return person

    def person(
        self, pk: int, names: list, birth: dt.date | None, points: list
    ) -> Person:
        """One person from *names* (family, given, then both in kana) and points."""
        reach: dict[str, list[str]] = defaultdict(list)
        for kind, norm, value in points:
            if kind == Kind.POSTAL:
                code, places = place(value)
                reach[kind] += places
                reach["postcode"] += [code] if code else []
            elif kind == Kind.SNS and ":" not in norm:
                continue
            elif kind in (Kind.LINE, Kind.SNS):
                reach["id"].append(f"{kind}:{norm}")
            elif telling := reached(kind, norm):
                reach[kind].append(telling)
        typed = boxes(*names)
        family, given, family_kana, given_kana = self._halves(*typed)
        whole = "" if typed[0] and typed[1] else typed[0] or typed[1]
        guessed = family and given and whole and len(whole.split()) == 1
        return Person(
            pk=pk,
            family=self.part(family, family_kana),
            given=self.part(given, given_kana),
            birth=birth,
            emails=tuple(reach[Kind.EMAIL]),
            phones=tuple(reach[Kind.PHONE]),
            cards=tuple(reach[Kind.CARD]),
            ids=tuple(reach["id"]),
            places=tuple(reach[Kind.POSTAL]),
            postcodes=tuple(reach["postcode"]),
            box=self.part(whole, typed[2] or typed[3]) if guessed else None,
        )

    def _halves(self, *names: str) -> tuple[str, str, str, str]:
        """A whole name that somebody typed into one of the two boxes, taken apart."""
        family, given, *kana = names
        if family and given:
            return family, given, kana[0], kana[1]
        heard = kana if all(kana) else self.apart(kana[0] or kana[1], "", "")
        halves = self.apart(family or given, *(heard or ("", "")))
        if halves:
            return *halves, *(heard or ("", ""))
        return family, given, kana[0], kana[1]

    def _apart(self, name: str, *heard: str) -> tuple[str, str] | None:
        """At its space; else where it can be read so, or names that are known meet."""
        first, second = normalise.split_name(name)
        if second:
            return first, second
        folded = fold(name)
        if len(folded) < 3 or folded.isascii() or self.counts.known(folded) > 2:
            return None
        cuts = [
            (self._likely(folded[:n], folded[n:], heard), folded[:n], folded[n:])
            for n in range(1, len(folded))
        ]
        best, head, tail = max(cuts)
        return (head, tail) if best else None

    def _likely(self, head: str, tail: str, heard: tuple[str, ...]) -> float:
        """How likely a name in one box is to be made of these two."""
        sounds = [normalise.sound(kana) for kana in heard if kana]
        if len(sounds) == 2:
            pairs = zip((head, tail), sounds, strict=True)
            if all(characters.reads(half, sound) for half, sound in pairs):
                return 1e9
        known = self.counts.known(head), self.counts.known(tail)
        if all(known):
            return known[0] * known[1]
        if normalise.is_kana(head + tail):
            return 0
        usual = USUAL_LENGTHS.get((len(head), len(tail)), 0)
        return usual * (2 if known[0] else 1) if known[0] or usual == 1 / 2 else 0

    def _part(self, name: str, kana: str) -> Part:
        if name == FIRM:
            return Part(FIRM)
        now, *former = filter(None, _FORMER.split(name)) if name else [""]
        words = tuple(filter(None, map(fold, re.split(r"[\s\-]+", now))))
        earlier = tuple(map(fold, former))
        written, said = fold(now), fold(kana)
        if not said and normalise.is_kana(written):
            said = written
        written = written or said
        heard = sound(said) or sound(written)
        if heard:
            return Part(written, said, (heard,), words=words, former=earlier)
        sounds = self.counts.readings(written) if written else ()
        return Part(written, said, sounds, True, words, earlier)


def boxes(*names: str) -> tuple[str, str, str, str]:
    """The four boxes of a name, without the firm that somebody wrote before it.

    Of a firm that is no person the family name is its key, the given one its department.
    """
    family, given, *kana = names
    if not normalise.has_legal_form(family):
        return family, given, kana[0], kana[1]
    words = [word for word in family.split() if not normalise.has_legal_form(word)]
    if words:
        return " ".join(words), given, "", ""
    if given and not _DEPARTMENT.search(given):
        return "", given, "", ""
    return normalise.organisation(family), given or FIRM, "", ""


def reached(kind: str, norm: str) -> str:
    """What tells who somebody is; nothing where it was typed to fill the box."""
    if kind == Kind.PHONE and _FILLING.search(norm):
        return ""
    if kind == Kind.EMAIL:
        local, _at, domain = norm.partition("@")
        local = local.partition("+")[0] or local
        if domain in ("gmail.com", "googlemail.com"):
            return f"{local.replace('.', '')}@gmail.com"
        return f"{local}@{domain}"
    return norm


@lru_cache(maxsize=1)
def reader(counts: Counts) -> Reader:
    """The one that goes with these counts, kept from slice to slice of a search."""
    return Reader(counts)


@lru_cache(maxsize=50_000)
def place(address: str) -> tuple[str, list[str]]:
    """(postcode, keys): equal for spellings of one house, with and without a postcode."""
    plain = " ".join(unicodedata.normalize("NFKC", address).split())
    found = re.match(r"〒?\s*(\d{3}[-‐–—―−ー]?\d{4})(?!\d)", plain)
    code = normalise.postcode(found[1]) if found else ""
    rest = plain[found.end() :] if found else plain
    rest = _NUMBER_WORDS.sub(lambda said: said[0].translate(_NUMERALS), rest)
    numbers = _NUMBERS.findall(rest)
    if not numbers:
        return code, []
    letters = fold(_NOT_LETTERS.sub("", re.sub(r"^.{2,3}?[都道府県]", "", rest)))
    keys = [f"{letters}|{'-'.join(numbers)}"] if len(letters) > 2 else []
    return code, [*keys, f"{code}|{'-'.join(numbers[:3])}"] if code else keys
