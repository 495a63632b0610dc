"""Compare some contacts with all others that share a key with them, set-based."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from django.db.models import Count

from crm_plugin.contacts.models import DuplicateKey

from . import keys
from .counts import Counts
from .persons import REMEMBERED, Person, reader
from .rows import among
from .scoring import Verdict, score

# A key that more contacts share is a switchboard's number or a default birthday.
CROWD = 40
PART = 10_000
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
        sharing = _sharing(ids)
        pairs = set(_candidates(ids, sharing, upwards=upwards))
        persons = self.persons({pk for pair in pairs for pk in pair})
        found: Found = {}
        for lower, higher in pairs:
            one, other = persons.get(lower), persons.get(higher)
            if one and other:
                verdict = score(
                    one, other, self.counts, lambda key: sharing.get(key, 1)
                )
                if verdict:
                    found[lower, higher] = verdict
        return found


def _sharing(ids: list[int]) -> dict[int, int]:
    """{key: how many contacts have it} for the keys that these do not have alone."""
    mine = DuplicateKey.objects.filter(among("contact_id", ids)).values("key")
    rows = DuplicateKey.objects.filter(key__in=mine).order_by().values_list("key")
    return dict(rows.annotate(count=Count("contact_id")).filter(count__gt=1))


def _candidates(
    ids: list[int], sharing: dict[int, int], *, upwards: bool
) -> Iterator[tuple[int, int]]:
    few = sorted(key for key, count in sharing.items() if count <= CROWD)
    mine = set(ids)
    for part in _parts(few):
        blocks: dict[int, list[int]] = defaultdict(list)
        rows = DuplicateKey.objects.filter(key__in=part).order_by("contact_id")
        for key, pk in rows.values_list("key", "contact_id"):
            blocks[key].append(pk)
        for block in blocks.values():
            for lower, higher in combinations(block, 2):
                if lower in mine or (higher in mine and not upwards):
                    yield lower, higher


def _parts(items: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(items), PART):
        yield items[start : start + PART]
