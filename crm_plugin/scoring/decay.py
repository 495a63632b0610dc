"""How much an event still counts: half as much after each half-life.

In steps of a quarter of the half-life, up to eight half-lives, and then nothing. The
steps are thousandths, so that sums are whole numbers and the same on both databases.
"""

import datetime as dt

from django.db.models import BigIntegerField, Case, Value, When

from crm_plugin import rules

WHOLE = 1_000
QUARTERS = 4
STEPS = 8 * QUARTERS


def steps(half_life: int) -> list[tuple[int, int]]:
    """``(days, thousandths)``: what counts that is younger than so many days.

    The n-th step begins at the first whole day on which n quarters have passed.
    """
    found = []
    for step in range(STEPS):
        begins, ends = _day_of(step, half_life), _day_of(step + 1, half_life)
        if begins < ends:
            found.append((ends, round(WHOLE * 2 ** (-step / QUARTERS))))
    return found


def _day_of(step: int, half_life: int) -> int:
    return -(-step * half_life // QUARTERS)


def weight(
    events: rules.Events, half_life: int | None, at: dt.datetime
) -> Case | Value:
    """The thousandths of one event by its age in days of the site; all without decay.

    What is still to come counts wholly.
    """
    if not half_life:
        return _thousandths(WHOLE)
    today = rules.periods.today(at)
    whens = [
        When(then=_thousandths(much), **_since(events, today - dt.timedelta(age - 1)))
        for age, much in steps(half_life)
    ]
    return Case(*whens, default=_thousandths(0), output_field=BigIntegerField())


def _since(events: rules.Events, day: dt.date) -> dict:
    moment = day if events.dated else rules.periods.midnight(day)
    return {f"{events.at}__gte": moment}


def _thousandths(number: int) -> Value:
    return Value(number, output_field=BigIntegerField())
