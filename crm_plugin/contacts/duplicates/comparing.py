"""Compare some contacts with all others that share a key with them, set-based."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from django.db.models import Count

from crm_plugin.contacts.models import DuplicateKey

from . import keys
from .counts import Counts
from .naming import Likeness, likeness
from .persons import REMEMBERED, Person, reader
from .rows import among
from .scoring import Verdict, score

# A key that more contacts share is a switchboard's number or a default birthday.
CROWD = 40
PART = 10_000
# So many records may be those of a few people who share a number.
FAMILY = 10
Blocks = dict[int, list[int]]
UNKNOWN = Likeness.UNKNOWN
Found = dict[tuple[int, int], Verdict]


class Comparer:
    """Holds the counts and the persons it has read, so that few are read twice."""

    def __init__(self, counts: Counts) -> None:
        self.counts, self.reader = counts, reader(counts)
        self._persons: dict[int, Person] = {}

    def persons(self, ids: Iterable[int]) -> dict[int, Person]:
        wanted = set(ids)
        missing = wanted - self._persons.keys()
        if len(self._persons) + len(missing) > REMEMBERED:
            self._persons.clear()
            missing = wanted
        for part in _parts(sorted(missing)):
            self._persons |= self.reader.read(part)
        return {pk: self._persons[pk] for pk in wanted if pk in self._persons}

    def keys(self, ids: list[int]) -> set[tuple[int, int]]:
        """(key, id) of these contacts, as they stand now."""
        return {
            (key, person.pk)
            for person in self.persons(ids).values()
            for key in keys.keys(person, self.counts)
        }

    def compare(self, ids: list[int], *, upwards: bool = False) -> Found:
        """Pairs of these contacts with others; *upwards*: with higher ids only."""
        sharing, blocks = _sharing(ids), Blocks()
        pairs = set(_candidates(ids, sharing, blocks, upwards=upwards))
        sharers = {pk for block in blocks.values() for pk in block}
        persons = self.persons({pk for pair in pairs for pk in pair} | sharers)
        people = People(sharing, blocks, persons, self.counts)
        found: Found = {}
        for lower, higher in pairs:
            one, other = persons.get(lower), persons.get(higher)
            if one and other and (verdict := score(one, other, self.counts, people)):
                found[lower, higher] = verdict
        return found


class People:
    """How many people share a key: records that bear one given name are one of them."""

    def __init__(
        self,
        sharing: dict[int, int],
        blocks: Blocks,
        persons: dict[int, Person],
        counts: Counts,
    ) -> None:
        self.sharing, self.blocks, self.persons = sharing, blocks, persons
        self.counts = counts
        self.known: dict[int, int] = {}

    def __call__(self, key: int) -> int:
        records = self.sharing.get(key, 1)
        if records > FAMILY or key not in self.blocks:
            return records
        if key not in self.known:
            self.known[key] = self._different(self.blocks[key])
        return self.known[key]

    def _different(self, ids: list[int]) -> int:
        people: list[Person] = []
        for pk in ids:
            one = self.persons.get(pk)
            if one and one.given and not any(self._same(one, p) for p in people):
                people.append(one)
        return max(len(people), 1)

    def _same(self, one: Person, other: Person) -> bool:
        return likeness(one.given, other.given, self.counts).likeness >= UNKNOWN


def _sharing(ids: list[int]) -> dict[int, int]:
    """{key: how many contacts have it} for the keys that these do not have alone."""
    mine = DuplicateKey.objects.filter(among("contact_id", ids)).values("key")
    rows = DuplicateKey.objects.filter(key__in=mine).order_by().values_list("key")
    return dict(rows.annotate(count=Count("contact_id")).filter(count__gt=1))


def _candidates(
    ids: list[int], sharing: dict[int, int], kept: Blocks, *, upwards: bool
) -> Iterator[tuple[int, int]]:
    """Pairs that share a key; *kept* gets who shares those of few records."""
    few = sorted(key for key, count in sharing.items() if count <= CROWD)
    mine = set(ids)
    for part in _parts(few):
        blocks: Blocks = defaultdict(list)
        rows = DuplicateKey.objects.filter(key__in=part).order_by("contact_id")
        for key, pk in rows.values_list("key", "contact_id"):
            blocks[key].append(pk)
        kept |= {key: block for key, block in blocks.items() if len(block) <= FAMILY}
        for block in blocks.values():
            for lower, higher in combinations(block, 2):
                if lower in mine or (higher in mine and not upwards):
                    yield lower, higher


def _parts(items: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(items), PART):
        yield items[start : start + PART]
