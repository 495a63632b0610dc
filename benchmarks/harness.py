"""Measure ours and a reference in turns; report ratios of medians."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

# Shared machines drift: a goal is only broken beyond this slack.
SLACK = 1.5


@dataclass(frozen=True)
class Case:
    """One workload: medians in seconds, and the ratio that it must keep.

    ``queries``: how many ours and the reference made, where that was counted.
    """

    case: str
    ours: float
    reference: float
    reference_name: str
    goal: float
    queries: tuple[int, int] = (0, 0)

    @property
    def ratio(self) -> float:
        return self.ours / self.reference if self.reference else float("inf")

    @property
    def kept(self) -> bool:
        return self.ratio <= self.goal * SLACK

    def as_dict(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "ours": round(self.ours, 6),
            "reference": round(self.reference, 6),
            "reference_name": self.reference_name,
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "kept": self.kept,
            **({"queries": list(self.queries)} if any(self.queries) else {}),
        }


class Target(Case):
    """A figure and its limit; no slack."""

    @property
    def kept(self) -> bool:
        return self.ours <= self.reference


@dataclass
class Report:
    cases: list[Case] = field(default_factory=list)

    def as_dict(self, name: str, size: int) -> dict[str, Any]:
        worst = max(self.cases, key=lambda case: case.ratio / case.goal)
        return {
            "name": name,
            "size": size,
            "database": connection.vendor,
            "ours": round(worst.ours, 6),
            "reference": round(worst.reference, 6),
            "ratio": round(worst.ratio, 3),
            "cases": [case.as_dict() for case in self.cases],
        }

    def print_table(self) -> None:
        for case in self.cases:
            print(
                f"{case.case:<34} {case.ours * 1000:>10.2f} ms"
                f" {case.reference * 1000:>10.2f} ms ({case.reference_name})"
                f"  ratio {case.ratio:.2f}, goal {case.goal}"
                f"{_said(case.queries)}"
            )


def _said(queries: tuple[int, int]) -> str:
    if not any(queries):
        return ""
    ours, reference = queries
    return f", {ours} queries" + (f" AGAINST {reference}" if ours != reference else "")


Function = Callable[[], Any]


def in_turns(
    ours: Function,
    reference: Function,
    *,
    rounds: int = 5,
    between: Function = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Median seconds of both, taking turns after one warm-up each.

    ``between`` puts the data back before every single run; it is not timed.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for place, function in enumerate((ours, reference)):
            between()
            started = clock()
            function()
            if number:
                times[place].append(clock() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def own_time() -> float:
    """For what only computes: SQLite works in this process, whose own time other work
    on the machine does not lengthen. PostgreSQL is another: the time that passes."""
    return time.process_time() if connection.vendor == "sqlite" else time.perf_counter()


@contextmanager
def throw_away_database() -> Iterator[None]:
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)
        teardown_test_environment()
