"""The search for doubles: wholly every night, and at once for contacts that changed.

A whole search is long work in slices: count names, bring the keys of all contacts up to
date, compare those that share a key. Any worker continues it from where it stands.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from crm_plugin import queue
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, Unsearched

from . import counts, keys, pairs, persons
from .comparing import Comparer

KIND = "duplicates"
KEY = "all"
SLICE = 2_000
PORTION = 500
ASPECTS = ("fields", "points")
# Reading takes long and stops nobody, so that others may write before it returns what
# writes, in one transaction.
Write = Callable[[], int]
Read = Callable[[list[int]], Write]


def start(*, by: Any = None) -> queue.Work:
    """Search all contacts; a search that runs already is returned as it stands."""
    return queue.start(KIND, KEY, total=_total(), by=by)


def work() -> queue.Work | None:
    """The last whole search, running or done."""
    return queue.Work.objects.filter(kind=KIND, key=KEY).first()


def _total() -> int:
    """Every contact is looked at twice: for its keys and for its pairs."""
    return 2 * Contact.objects.current().count()


@queue.handler(KIND)
def search(work: queue.Work, until: float) -> bool:
    """One slice of a whole search; the result holds the phase and the last id."""
    if not work.result:
        counts.recount()
        work.advance(0, total=_total(), result={"phase": "keys", "last": 0, "found": 0})
    comparer = Comparer(counts.load())
    # However little time there is, each slice gets on by one portion.
    while True:
        if work.result["phase"] == "keys":
            _slice(work, _keys(comparer), then="pairs")
        elif work.result["phase"] == "pairs":
            _slice(work, _pairs(comparer), then="done")
        else:
            persons.reader.cache_clear()
            return True
        if time.monotonic() >= until:
            return False


def _slice(work: queue.Work, read: Read, *, then: str) -> None:
    """Read what the next contacts need; write it with the position in one transaction."""
    result = dict(work.result)
    rows = Contact.objects.current().filter(pk__gt=result["last"]).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:SLICE])
    if not ids:
        if result["phase"] == "keys":
            keys.count()
        work.advance(work.position, result={**result, "phase": then, "last": 0})
        return
    write = read(ids)
    with transaction.atomic():
        result["found"] += write()
        result["last"] = ids[-1]
        work.advance(work.position + len(ids), result=result)


def _keys(comparer: Comparer) -> Read:
    """Bring the keys up to date; finds nothing by itself."""

    def read(ids: list[int]) -> Write:
        wanted = comparer.keys(ids)

        def write() -> int:
            keys.store(wanted, ids)
            return 0

        return write

    return read


def _pairs(comparer: Comparer) -> Read:
    """Compare those that share a key; each pair is looked at once, from its lower id."""

    def read(ids: list[int]) -> Write:
        found = comparer.compare(ids, upwards=True)
        return lambda: pairs.store(found, ids, upwards=True)

    return read


def search_now() -> queue.Work:
    """Search all contacts in this process; waits where a worker searches already."""
    found = start()
    while found.state in queue.Work.OPEN:
        queue.run_due(KIND, seconds=3_600)
        found.refresh_from_db()
        if found.state in queue.Work.OPEN:
            time.sleep(1)
    return found


@changes.step(changes.SUMMARIES)
def compare_later(by_aspect: dict[str, set[int]]) -> None:
    """Contacts whose names or points changed are compared again, soon."""
    ids = set().union(*(by_aspect.get(aspect, set()) for aspect in ASPECTS))
    if ids:
        rows = [Unsearched(contact_id=pk) for pk in sorted(ids)]
        Unsearched.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)
        queue.wake("duplicates-changed")


@queue.chore("duplicates-changed", every=300)
def search_changed() -> bool:
    """Compare a portion of the contacts that changed; true while there are more."""
    with transaction.atomic():
        waiting = Unsearched.objects.select_for_update(skip_locked=True)
        ids = [row.contact_id for row in waiting.order_by("contact_id")[:PORTION]]
        if not ids:
            return False
        comparer = Comparer(counts.fresh())
        keys.store(comparer.keys(ids), ids)
        pairs.store(comparer.compare(ids), ids)
        Unsearched.objects.filter(contact_id__in=ids).delete()
    return len(ids) == PORTION


@queue.chore("duplicates-nightly", every=86_400)
def search_nightly() -> bool:
    """Search everything once a day; never more to do."""
    start()
    return False
