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

from .counts import Counts, fold, sound
from .rows import among

REMEMBERED = 120_000
Kind = ContactPoint.Kind
_NUMERALS = str.maketrans("一二三四五六七八九〇", "1234567890")
_NUMBER_WORDS = re.compile("[一二三四五六七八九〇]+(?=丁目|番|号|条|の)")
_NUMBERS = re.compile(r"\d+")
_NOT_LETTERS = re.compile(r"丁目|番地|番|号室|号|条|[\d\W_]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a name. ``sounds`` are guessed where it stands in kanji alone."""

    written: str = ""
    kana: str = ""
    sounds: tuple[str, ...] = ()
    guessed: bool = False
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written)

    @property
    def latin(self) -> bool:
        return self.written.isascii()


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the search sees it; every value normalised."""

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
            elif kind in (Kind.LINE, Kind.SNS):
                reach["id"].append(f"{kind}:{norm}")
            elif norm:
                reach[kind].append(norm)
        family, given, family_kana, given_kana = self._halves(*names)
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
        )

    def _halves(self, *names: str) -> tuple[str, str, str, str]:
        """A whole name that somebody typed into one of the two boxes, taken apart."""
        family, given, *kana = names
        if not (family and given) and (halves := self.apart(family or given)):
            if not all(kana):
                kana = list(self.apart(kana[0] or kana[1]) or ("", ""))
            return *halves, kana[0], kana[1]
        return family, given, kana[0], kana[1]

    def _apart(self, name: str) -> tuple[str, str] | None:
        """At its space; else where names on record meet, the commonest ones."""
        first, second = normalise.split_name(name)
        if second:
            return first, second
        folded = fold(name)
        if len(folded) < 3 or folded.isascii() or self.counts.known(folded) > 2:
            return None
        cuts = [
            (self.counts.known(head) * self.counts.known(tail), head, tail)
            for head, tail in ((folded[:n], folded[n:]) for n in range(1, len(folded)))
        ]
        best, head, tail = max(cuts)
        return (head, tail) if best else None

    def _part(self, name: str, kana: str) -> Part:
        words = tuple(filter(None, map(fold, re.split(r"[\s\-]+", name))))
        written, said = fold(name), fold(kana)
        if not said and normalise.is_kana(written):
            said = written
        written = written or said
        heard = sound(said) or sound(written)
        if heard:
            return Part(written, said, (heard,), words=words)
        sounds = self.counts.readings(written) if written else ()
        return Part(written, said, sounds, guessed=True, words=words)


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
