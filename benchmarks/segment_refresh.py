"""Segments refreshed wholly, against hand-written INSERT … SELECT with the difference."""

import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from crm_plugin.models import Segment, SegmentMembership
from crm_plugin.segments.refresh import refresh

from . import segment_shop
from .harness import Case, Report, in_turns, own_time
from .segment_count import click, points, quickest, segment
from .segment_shapes import shapes
from .two_sizes import two_sizes

SIZE = 100_000
GOAL = 1.3
SHAPES = ("broad", "in one segment, not in another", "nested")
databases = functools.partial(two_sizes, called="segments")


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    made.use("large")
    segment_shop.filled(size)
    inside, outside = segment("inside", [points(7000)]), segment("outside", [click()])
    segment_shop.analyse()
    report = Report()
    for name, shape in shapes(inside, outside).items():
        if not (any(part in name for part in chosen) if chosen else name in SHAPES):
            continue
        key = f"refreshed-{name.replace(' ', '-').replace(',', '')}"
        one = segment(key, shape.rule)
        found = members(one)
        form, statement = quickest(shape.by_hand, len(found), limit=10)
        by_hand = functools.partial(hand_written, one, statement)
        empty = functools.partial(_empty, one)
        empty()
        by_hand()
        assert members(one) == found
        for case, between in ((", from empty", empty), (", nothing new", _nothing)):
            times = in_turns(
                functools.partial(refresh, one),
                by_hand,
                between=between,
                clock=own_time,
            )
            case = f"{name}{case}: {len(found):,}"
            report.cases.append(Case(case, *times, f"by hand, {form}", GOAL))
    return report


def _empty(one: Segment) -> None:
    """Nobody is in it, and nothing is left of those who were, as before the first time."""
    SegmentMembership.objects.filter(segment=one).delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {SegmentMembership._meta.db_table}")


def _nothing() -> None:
    pass


def members(one: Segment) -> set[int]:
    rows = one.memberships.filter(left_at=None)
    return set(rows.values_list("contact_id", flat=True))


def hand_written(one: Segment, statement: str) -> None:
    """The same refresh by hand: leave, then enter, only the difference."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE chosen (id bigint PRIMARY KEY)")
        cursor.execute(f"INSERT INTO chosen {statement}")
        cursor.execute(
            """UPDATE crm_plugin_segmentmembership SET left_at = %s
            WHERE segment_id = %s AND left_at IS NULL
            AND contact_id NOT IN (SELECT id FROM chosen)""",
            [now, one.pk],
        )
        cursor.execute(
            """INSERT INTO crm_plugin_segmentmembership
            (segment_id, contact_id, entered_at)
            SELECT %s, id, %s FROM chosen
            WHERE id NOT IN (SELECT contact_id FROM crm_plugin_segmentmembership
                             WHERE segment_id = %s AND left_at IS NULL)""",
            [one.pk, now, one.pk],
        )
        cursor.execute("DROP TABLE chosen")
