"""How many contacts a rule chooses, within the time that somebody waits.

Few are counted. Of many the number is estimated from a fixed number of contacts, spread
evenly, so that it costs the same however many there are. Where even that takes too long,
contacts are counted in growing slices by id for as long as there is time: what was found
by then is less than the whole, and never more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from crm_plugin import rules

EXACT = 1_000
EVERYBODY = 20_000
PROBE = 2_000
FIRST_SLICE = 1_000


@dataclass(frozen=True)
class Figure:
    """A number of contacts: exact, about right, or ``so_far`` and less than the whole.

    Nothing ``so_far`` means that there was no time to find anything out.
    """

    count: int = 0
    exact: bool = True
    so_far: bool = False

    @property
    def unknown(self) -> bool:
        return self.so_far and not self.count


UNKNOWN = Figure(exact=False, so_far=True)


@dataclass(frozen=True)
class Probe:
    """Some contacts, spread evenly over all, and how many there are in all."""

    ids: tuple[int, ...]
    everybody: Figure

    def share_of(self, number: int) -> Figure:
        """Of how many of all it is true, when it is true of *number* of these."""
        whole = self.everybody.count
        estimate = round(whole * number / max(len(self.ids), 1), -2)
        return Figure(int(min(estimate, whole)), exact=False)


def probe() -> Probe:
    """Exact for up to twenty thousand contacts."""
    everyone = rules.everyone().order_by()
    found = everyone[: EVERYBODY + 1].count()
    low, high = _ends()
    step = max((high - low + 1) // PROBE, 1)
    places = list(range(low + step // 2, high + 1, step))
    ids = tuple(everyone.filter(pk__in=places).values_list("pk", flat=True))
    if found <= EVERYBODY:
        return Probe(ids, Figure(found))
    about = round((high - low + 1) * len(ids) / max(len(places), 1), -2)
    return Probe(ids, Figure(int(about), exact=False))


def first_ids(contacts: QuerySet) -> list[int]:
    """The ids of a thousand of *contacts*, and of one more where there are more."""
    return list(contacts.order_by().values_list("pk", flat=True)[: EXACT + 1])


def in_slices(contacts: QuerySet, patience: rules.Patience) -> tuple[Figure, list[int]]:
    """What can be counted by id in the time, and the first thousand of them."""
    total, whole = 0, False
    ids: list[int] = []
    try:
        with patience.share():
            low, high = _ends()
        for where in _slices(low, high):
            with patience.share():
                rows = contacts.filter(where).order_by()
                found = list(rows.values_list("pk", flat=True))
            total += len(found)
            ids += found[: max(EXACT - len(ids), 0)]
        whole = True
    except rules.TookTooLong:
        pass
    return Figure(total, exact=whole, so_far=not whole), ids


def _ends() -> tuple[int, int]:
    """The lowest and the highest id, each by the index: asked for both at once SQLite
    reads everybody."""
    ids = rules.everyone().order_by("pk").values_list("pk", flat=True)
    return ids.first() or 0, ids.last() or -1


def _slices(low: int, high: int) -> Iterator[Any]:
    after, size = low - 1, FIRST_SLICE
    while after < high:
        yield Q(pk__gt=after, pk__lte=after + size)
        after, size = after + size, min(size * 2, 20 * FIRST_SLICE)
