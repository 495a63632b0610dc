"""How many each shape of rule chooses, against the quickest of its forms by hand.

Both are statements that stand: how long ours is looked for is said beside it. Every form
must find as many. With ``CRM_BENCHMARK_PLANS`` both query plans are printed.
"""

import functools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

from crm_plugin import rules
from crm_plugin.models import Segment
from crm_plugin.segments.refresh import refresh

from . import segment_shop
from .hand_forms import Several, forms
from .harness import Case, Report, in_turns, own_time
from .segment_shapes import points, shapes, touched
from .two_sizes import two_sizes

SIZE = 100_000
GOAL = 1.3
databases = functools.partial(two_sizes, called="segments")


def run(size: int, made: Any, chosen: Sequence[str] = ()) -> Report:
    made.use("large")
    segment_shop.filled(size)
    inside, outside = segment("inside", [points(7000)]), segment("outside", [click()])
    segment_shop.analyse()
    report = Report()
    in_one_process()
    for name, shape in shapes(inside, outside).items():
        if chosen and not any(part in name for part in chosen):
            continue
        looked = min(own_seconds(rules.compile_rule, shape.rule) for _ in range(3))
        ours = rules.compile_rule(shape.rule).count
        found, taken = timed(ours)
        assert found, name
        form, statement = quickest(shape.by_hand, found, limit=3 * taken)
        times = in_turns(ours, functools.partial(how_many, statement), clock=own_time)
        report.cases.append(Case(f"{name}: {found:,}", *times, form, GOAL))
        said = f"{name}: {times[0] / times[1]:.2f} of {times[1] * 1000:.0f} ms"
        said += f", after {looked * 1000:.0f} ms of looking where to begin"
        print(said, file=sys.stderr, flush=True)
        if os.environ.get("CRM_BENCHMARK_PLANS"):
            _print_plans(shape.rule, statement)
    return report


def in_one_process() -> None:
    """PostgreSQL's helpers would be timed by what else the cores have to do."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")


def click() -> dict[str, Any]:
    return touched(1, 90, kind="click")


def segment(key: str, rule: list[dict[str, Any]]) -> Segment:
    """With its members; the one that the last run left, if it was kept."""
    found = Segment.objects.filter(key=key).first()
    if found is None:
        found = Segment.objects.create(key=key, name=key, rule=rule)
        refresh(found)
    return found


def counted(rule: list[dict[str, Any]]) -> int:
    return rules.compile_rule(rule).count()


def own_seconds(function: Any, *given: Any) -> float:
    started = own_time()
    function(*given)
    return own_time() - started


def how_many(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({statement}) AS chosen")
        return cursor.fetchone()[0]


def timed(count: Any) -> tuple[int, float]:
    """What it finds and how long that takes when the pages are warm."""
    count()
    started = own_time()
    return count(), own_time() - started


def quickest(selection: Several, found: int, *, limit: float) -> tuple[str, str]:
    """The form that takes the shortest; all find as many. Slow ones are broken off."""
    taken: dict[tuple[str, str], float] = {}
    for form, statement in forms(selection):
        try:
            with no_longer_than(max(limit, 20)):
                number, seconds = timed(functools.partial(how_many, statement))
        except OperationalError:
            continue
        assert number == found, (form, number, found, statement)
        taken[form, statement] = seconds
    return min(taken, key=lambda one: taken[one])


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """``OperationalError`` for a statement that takes longer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(seconds * 1000)}")
            try:
                yield
            finally:
                cursor.execute("SET statement_timeout = 0")
        return
    connection.ensure_connection()
    end = time.perf_counter() + seconds
    late = functools.partial(_is_past, end)
    connection.connection.set_progress_handler(late, 100_000)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


def _is_past(moment: float) -> bool:
    return time.perf_counter() > moment


def _print_plans(rule: list[dict[str, Any]], statement: str) -> None:
    sql, params = rules.compile_rule(rule).query.sql_with_params()
    for said, values in ((sql, params), (statement, None)):
        print(f"\n{said}", file=sys.stderr)
        explain = (
            "EXPLAIN QUERY PLAN "
            if connection.vendor == "sqlite"
            else "EXPLAIN (ANALYZE, BUFFERS) "
        )
        with connection.cursor() as cursor:
            cursor.execute(explain + said, values)
            for row in cursor.fetchall():
                print("   ", row[-1], file=sys.stderr)
