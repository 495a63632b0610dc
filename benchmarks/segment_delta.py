"""1,000 changed contacts against 50 segments, at a million contacts and at ten thousand.

Everybody is refreshed once; then the stays of those who changed are taken away before
each round, so that as much is written in both sizes, and must come back as they were.
As a second case, one segment alone against its full refresh.
"""

import functools
import random
from collections.abc import Callable, Sequence
from typing import Any

from crm_plugin.models import Segment, SegmentMembership
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh, refresh_contacts

from . import segment_shop
from .harness import Case, Report, Target, in_turns, own_time
from .segment_count import segment
from .segment_shapes import bought_in, clicked, often, points, taste, touched
from .two_sizes import two_sizes

SIZE, SMALL = 100_000, 10_000
SEGMENTS, CHANGED, SECONDS = 50, 1_000, 2.0
FLAT, FULL = 1.5, 0.05
EVERYTHING = {"attributes", "touchpoints", "purchases", "uses", "stage", "responses"}
databases = functools.partial(two_sizes, called="segments")


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    delta = {}
    for name, number in (("small", SMALL), ("large", size)):
        made.use(name)
        segment_shop.filled(number)
        ours = [segment(f"of-fifty-{n}", rule(n)) for n in range(SEGMENTS)]
        segment_shop.analyse()
        delta[name] = Delta(functools.partial(made.use, name), ours, number)
        delta[name].check()
    large, small = in_turns(
        delta["large"].again,
        delta["small"].again,
        between=_forget(delta),
        clock=own_time,
    )
    fifty = f"{CHANGED:,} contacts, {SEGMENTS} segments"
    report = Report([Case(fifty, large, small, f"{SMALL:,} contacts", FLAT)])
    report.cases.append(Target(fifty, large, SECONDS, "limit", 1.0))
    made.use("large")
    one = delta["large"].segments[0]
    times = in_turns(
        delta["large"].again_in(one),
        lambda: refresh(one),
        between=delta["large"].forget,
        clock=own_time,
    )
    changed = f"{CHANGED:,} contacts, one segment"
    report.cases.append(Case(changed, *times, "full refresh", FULL))
    return report


def rule(number: int) -> list[dict[str, Any]]:
    """Fifty that differ: what people like, do, bought, and none of what they did."""
    kinds = [
        [taste(number % 12), points(number * 150)],
        [touched(2, 30 + number * 5), often(number % 4)],
        [bought_in(30 + number * 10), group("none", clicked(1 + number % 20))],
        [
            condition("stage", stages=["first", "second", "established"]),
            group("any", taste(number % 12, (number + 5) % 12), points(9000)),
        ],
        [
            points(number * 100),
            group("none", touched(1, 60, kind="mail_out"), taste(number % 12)),
        ],
    ]
    return kinds[number % len(kinds)]


class Delta:
    """The same contacts change again and again in one of the two databases."""

    def __init__(
        self, use: Callable[[], None], segments: list[Segment], size: int
    ) -> None:
        self.use, self.segments = use, segments
        drawn = random.Random(segment_shop.SEED).sample(range(1, size + 1), CHANGED)
        self.changed = sorted(drawn)

    def stays(self) -> Any:
        return SegmentMembership.objects.filter(
            contact_id__in=self.changed, segment__in=self.segments, left_at=None
        )

    def forget(self) -> None:
        self.use()
        self.stays().delete()

    def again(self) -> None:
        self.use()
        refresh_contacts(self.changed, EVERYTHING)

    def again_in(self, one: Segment) -> Callable[[], None]:
        def again() -> None:
            Segment.objects.exclude(pk=one.pk).update(active=False)
            refresh_contacts(self.changed, EVERYTHING)

        return again

    def check(self) -> None:
        """What comes back is what a full refresh had found."""
        pairs = self.stays().values_list("segment_id", "contact_id")
        wanted = set(pairs)
        self.forget()
        self.again()
        assert wanted
        assert set(pairs.all()) == wanted


def _forget(delta: dict[str, Delta]) -> Callable[[], None]:
    def forget() -> None:
        for one in delta.values():
            one.forget()

    return forget
