"""How long it takes to compare everybody with a segment's rule, and whether too long."""

import datetime as dt
from dataclasses import dataclass
from statistics import median

from django.utils import timezone

from .models import Segment, SegmentRefresh

Kind = SegmentRefresh.Kind
WHOLE = (Kind.FULL, Kind.CLOCK)
# The last one against so many before it, of the last months; fewer tell nothing.
EARLIER, FEWEST = 10, 3
BACK = dt.timedelta(days=90)
# In milliseconds: what is long, and below what nobody notices that it is slower.
LONG, NOTICED = 60_000, 5_000
TIMES = 3


@dataclass(frozen=True)
class Pace:
    """The last refresh of everybody, and what those before it took, in milliseconds."""

    last: int
    usual: int | None = None

    @property
    def long(self) -> bool:
        return self.last > LONG

    @property
    def slower(self) -> bool:
        """Whether it is much slower than it used to be."""
        if self.usual is None or self.last < NOTICED:
            return False
        return self.last > TIMES * self.usual


def pace(segment: Segment) -> Pace | None:
    """One query; None where everybody was not looked at lately."""
    rows = SegmentRefresh.objects.filter(
        segment=segment, kind__in=WHOLE, at__gte=timezone.now() - BACK
    ).order_by("-at")
    times = list(rows.values_list("milliseconds", flat=True)[: EARLIER + 1])
    if not times:
        return None
    last, *before = times
    usual = round(median(before)) if len(before) >= FEWEST else None
    return Pace(last, usual)
