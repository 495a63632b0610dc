"""Everybody's points as one query: every line's gains, summed up by contact.

Gains are thousandths of points; a score is rounded to whole points once, at the end.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, F, QuerySet, Sum, Value
from django.db.models.functions import Least

from crm_plugin import rules

from .decay import WHOLE, weight
from .lines import Line, too_many

Sql = tuple[str, list[Any]]
NOBODY = "SELECT 0 AS id, 0 AS value WHERE 1 = 0"
# Whole division cuts towards zero: shifted above it, it always rounds down.
SHIFT = 10**12
# SQLite takes 32,766; what is left is for the conditions' own values.
MOST_VALUES = 25_000


def gains(
    line: Line,
    at: dt.datetime,
    among: Collection[int] | None,
    *,
    past: bool = False,
) -> QuerySet:
    """Pairs of a contact's id and thousandths of points. Raises ``BrokenRule``."""
    line.refuse_what_is_later()
    if not line.each:
        if past:
            chosen = rules.compile_as_of(line.tree, rules.periods.today(at))
        else:
            chosen = rules.compile_rule(line.tree, at, among=among)
        points = _number(line.points * WHOLE)
        return chosen.annotate(crm_gain=points).values_list("pk", "crm_gain")
    events = line.events(at, past=past)
    rows = events.rows.order_by()
    if among is not None:
        rows = rows.filter(**{f"{events.by}__in": among})
    counted = rows.values(events.by).annotate(
        crm_weight=Sum(
            weight(events, line.half_life, at), output_field=BigIntegerField()
        )
    )
    if line.least > 1:
        counted = counted.alias(crm_times=Count("pk")).filter(crm_times__gte=line.least)
    enough: Any = F("crm_weight")
    if line.most:
        enough = Least(enough, _number(line.most * WHOLE))
    found = counted.annotate(crm_gain=enough * _number(line.points))
    return found.values_list(events.by, "crm_gain")


def points_of(
    lines: Sequence[Line],
    at: dt.datetime,
    among: Collection[int] | None = None,
    *,
    past: bool = False,
) -> Sql:
    """SQL of ``id, value``: whole points of everybody who has some.

    With *among*, only these contacts are looked at. With *past*, as of *at*, the end of
    a past day. Raises ``BrokenRule``.
    """
    if found := too_many(lines):
        raise rules.BrokenRule(found)
    parts: list[str] = []
    params: list[Any] = []
    for line in lines:
        try:
            sql, values = gains(line, at, among, past=past).query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT * FROM ({sql}) AS line_{len(parts)}")  # noqa: S608
        params += values
    if not parts:
        return NOBODY, []
    everyone = rules.everyone_at(at) if past else rules.everyone()
    living, known = everyone.order_by().values("pk").query.sql_with_params()
    union = " UNION ALL ".join(parts)
    statement = f"""
        SELECT id, value FROM (
            SELECT id, (CAST(SUM(gain) AS BIGINT) + {SHIFT * WHOLE + WHOLE // 2})
                       / {WHOLE} - {SHIFT} AS value
            FROM (SELECT 0 AS id, 0 AS gain WHERE 1 = 0 UNION ALL {union}) AS gains
            WHERE id IN ({living}) GROUP BY id
        ) AS sums WHERE value <> 0
    """  # noqa: S608 - numbers are constants, values are parameters
    return statement, [*params, *known]


def points_then(lines: Sequence[Line], at: dt.datetime) -> dict[int, int]:
    """``{id: points}`` as of *at*, the end of a past day. Raises ``BrokenRule``."""
    with connection.cursor() as cursor:
        cursor.execute(*points_of(lines, at, past=True))
        return dict(cursor.fetchall())


def most_contacts(lines: Sequence[Line]) -> int:
    """How many *among* can be: each condition and each line names them all."""
    times = sum(len(line.leaves) + 1 for line in lines)
    return max(MOST_VALUES // max(times, 1), 1)


def _number(value: int) -> Value:
    return Value(value, output_field=BigIntegerField())
