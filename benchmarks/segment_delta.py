"""1,000 changed contacts against 50 segments, at a million contacts and at ten thousand.

Everybody is refreshed once. Before each round the thousand come to like something else
and to have other points, so that many of them enter and leave, as many in both sizes;
afterwards a full refresh finds nothing more to do. As a second case, one segment of
each kind against their full refresh.
"""

import functools
import random
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F, Min
from django.db.models.functions import Mod

from crm_plugin.models import AttributeChoice, ContactValue, Segment
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.segments.refresh import refresh, refresh_contacts

from . import segment_shop
from .harness import Case, Report, Target, in_turns, own_time
from .segment_count import segment
from .segment_shapes import bought_in, clicked, often, points, taste, touched
from .two_sizes import two_sizes

SIZE, SMALL = 100_000, 10_000
SEGMENTS, CHANGED, SECONDS = 50, 1_000, 2.0
KINDS = 5
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
        between=_change(delta),
        clock=own_time,
    )
    fifty = f"{CHANGED:,} contacts, {SEGMENTS} segments"
    report = Report([Case(fifty, large, small, f"{SMALL:,} contacts", FLAT)])
    report.cases.append(Target(fifty, large, SECONDS, "limit", 1.0))
    made.use("large")
    kinds = delta["large"].segments[:KINDS]
    times = in_turns(
        delta["large"].again_in(kinds),
        lambda: [refresh(one) for one in kinds],
        between=delta["large"].change,
        clock=own_time,
    )
    Segment.objects.update(active=True)
    changed = f"{CHANGED:,} contacts, {KINDS} segments"
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

    def change(self) -> None:
        """What a form, a sheet or a member of staff would have written."""
        self.use()
        theirs = ContactValue.objects.filter(owner_id__in=self.changed)
        likes = AttributeChoice.objects.filter(definition__key="taste")
        first = likes.aggregate(first=Min("pk"))["first"]
        next_one = Mod(F("choice_id") - first + 1, segment_shop.CHOICES["taste"])
        theirs.filter(definition__key="taste").update(choice_id=next_one + first)
        more = Mod(F("number") + 1_700, 10_000)
        theirs.filter(definition__key="points").update(number=more)

    def again(self) -> None:
        self.use()
        refresh_contacts(self.changed, EVERYTHING)

    def again_in(self, some: list[Segment]) -> Callable[[], None]:
        others = Segment.objects.exclude(pk__in=[one.pk for one in some])

        def again() -> None:
            others.update(active=False)
            refresh_contacts(self.changed, EVERYTHING)

        return again

    def check(self) -> None:
        """A full refresh finds whom the changes found."""
        self.change()
        self.again()
        for one in self.segments[:: SEGMENTS // 10]:
            found = refresh(one)
            assert (found.entered, found.left) == (0, 0)


def _change(delta: dict[str, Delta]) -> Callable[[], None]:
    def change() -> None:
        for one in delta.values():
            one.change()

    return change
