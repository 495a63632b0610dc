"""Search a list with planted doubles: precision, recall, seconds and memory.

The list (``people.py``, ``doubles.py``) is seeded; every way of writing a person down
twice is reported on a line of its own.
"""

import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

from crm_plugin.contacts import points
from crm_plugin.contacts.duplicates import search
from crm_plugin.models import Contact, ContactPoint, SuspectedPair

from .doubles import WAYS, again
from .harness import Case, Report, Target
from .people import Someone, World

SIZE = 100_000
SEED = 20250101
PLANTED = 0.05
BATCH = 5_000


@dataclass
class Findings(Report):
    told: list[str] = field(default_factory=list)

    def print_table(self) -> None:
        for line in self.told:
            print(line)
        for case in self.cases:
            print(f"{case.case:<34} {case.ours:>10.4f}  limit {case.reference}")


def run(size: int) -> Findings:
    truth = plant(size)
    before = memory()
    started, worked = time.perf_counter(), time.process_time()
    search.search_now()
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    found = judge(truth, seconds, max(memory() - before, 0), memory())
    found.told.append(f"of the seconds, {worked:.1f} were this process's own work")
    return found


def judge(
    truth: dict[tuple[int, int], str], seconds: float, grown: float, peak: float
) -> Findings:
    pairs = SuspectedPair.objects.values_list("lower_id", "higher_id", "score")
    found = {(lower, higher): score for lower, higher, score in pairs}
    right = found.keys() & truth.keys()
    precision = len(right) / max(len(found), 1)
    recall = len(right) / max(len(truth), 1)
    planted, met = Counter(truth.values()), Counter(truth[pair] for pair in right)
    told = [f"{way:<20} {met[way]:>5} of {planted[way]:>5}" for way in WAYS]
    told.append(
        f"precision {precision:.4f}, recall {recall:.4f}, {seconds:.1f} s,"
        f" peak {peak:.0f} MB (search: +{grown:.0f} MB)"
    )
    limits = [
        ("wrong among found", 1 - precision, 0.05),
        ("doubles missed", 1 - recall, 0.10),
        ("seconds", seconds, 60),
        ("peak memory, MB", peak, 1_000),
    ]
    cases: list[Case] = [
        Target(name, ours, ref, "limit", 1) for name, ours, ref in limits
    ]
    return Findings(cases, told)


def memory() -> float:
    """The most that this process ever held, in MB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def plant(size: int, seed: int = SEED) -> dict[tuple[int, int], str]:
    """Fill the database; return the pairs that are one person, and how written."""
    world = World(seed)
    doubles = int(size * PLANTED)
    people = world.people(size - doubles)
    twice = world.rng.sample(range(len(people)), doubles)
    ways = list(WAYS)
    chosen = {place: ways[number % len(ways)] for number, place in enumerate(twice)}
    copies = [
        (place, again(people[place], way, world)) for place, way in chosen.items()
    ]
    order = list(range(size))
    world.rng.shuffle(order)
    ids = _save([*people, *(copy for _place, copy in copies)], order)
    truth = {}
    for number, (place, _copy) in enumerate(copies):
        lower, higher = sorted((ids[place], ids[len(people) + number]))
        truth[lower, higher] = chosen[place]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return truth


def _save(people: list[Someone], order: list[int]) -> dict[int, int]:
    """Store them in *order*; {place in the list: id}."""
    ids: dict[int, int] = {}
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        rows = Contact.objects.bulk_create([_row(people[place]) for place in part])
        ids |= {place: row.pk for place, row in zip(part, rows, strict=True)}
        ContactPoint.objects.bulk_create(
            points.build(ids[place], kind, value)
            for place in part
            for kind, value in people[place].points.items()
        )
    return ids


def _row(one: Someone) -> Contact:
    return Contact(
        family_name=one.family,
        given_name=one.given,
        family_kana=one.family_kana,
        given_kana=one.given_kana,
        birth_on=one.birth,
    )
