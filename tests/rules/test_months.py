"""The calendar: month ends, leap days, and years that begin with any month."""

import datetime as dt

import pytest

from crm_plugin.rules import months

day = dt.date


@pytest.mark.parametrize(
    ("before", "number", "after"),
    [
        (day(2026, 3, 31), -1, day(2026, 2, 28)),
        (day(2028, 3, 31), -1, day(2028, 2, 29)),
        (day(2026, 3, 30), -13, day(2025, 2, 28)),
        (day(2028, 2, 29), -12, day(2027, 2, 28)),
        (day(2028, 2, 29), -48, day(2024, 2, 29)),
        (day(2026, 1, 15), -1, day(2025, 12, 15)),
        (day(2026, 1, 31), 1, day(2026, 2, 28)),
        (day(2026, 12, 31), 2, day(2027, 2, 28)),
        (day(2026, 5, 31), 0, day(2026, 5, 31)),
    ],
)
def test_a_month_without_such_a_day_gives_its_last(before, number, after):
    assert months.moved(before, number) == after


@pytest.mark.parametrize(
    ("asked", "number", "since", "first"),
    [
        (day(2026, 2, 28), 1, 1, day(2026, 2, 1)),
        (day(2026, 3, 1), 3, 1, day(2026, 1, 1)),
        (day(2026, 3, 31), 12, 1, day(2026, 1, 1)),
        (day(2026, 3, 31), 12, 4, day(2025, 4, 1)),
        (day(2026, 4, 1), 12, 4, day(2026, 4, 1)),
        (day(2026, 1, 31), 3, 2, day(2025, 11, 1)),
        (day(2026, 2, 1), 3, 2, day(2026, 2, 1)),
        (day(2026, 11, 30), 12, 12, day(2025, 12, 1)),
    ],
)
def test_a_stretch_begins_with_the_month_that_is_said(asked, number, since, first):
    assert months.start(asked, number, since) == first
