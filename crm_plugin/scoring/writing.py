"""Points written set-based: only who has other points than before is written.

PostgreSQL does it in one statement. SQLite collects the difference in temporary
tables, which takes no write lock, and writes it in slices with a breath between them,
so that visitors' forms never wait.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from .computing import Sql
from .models import ContactScore

SLICE = 20_000
BREATH = 0.05
TABLE = ContactScore._meta.db_table


class Overtaken(RuntimeError):
    """Another refresh of the score wrote while this one was reading."""


def apply(
    score_id: int,
    points: Sql,
    *,
    among: Sequence[int] | None = None,
    still: Callable[[], bool] = lambda: True,
) -> set[int] | int:
    """Bring the stored points in line with *points*, SQL of ``id, value``.

    Returns how many contacts have other points now; with *among*, only these are
    compared, and their ids are returned. *still* is asked before each slice is written
    on SQLite; ``Overtaken`` is raised when it says no.
    """
    if connection.vendor == "postgresql":
        return _in_one_statement(score_id, points, among)
    with connection.cursor() as cursor:
        try:
            _collect(cursor, score_id, points, among)
            number = _written(cursor, score_id, still)
            return number if among is None else _moved(cursor)
        finally:
            _drop(cursor)


def _in_one_statement(
    score_id: int, points: Sql, among: Sequence[int] | None
) -> set[int] | int:
    sql, params = points
    whole = among is None
    narrow = "" if whole else "AND s.contact_id = ANY(%s)"
    ids = [] if among is None else [list(among)]
    told = "count(*)" if whole else "contact_id"
    statement = f"""
        WITH fresh (id, value) AS MATERIALIZED ({sql}),
        gone AS (
            DELETE FROM {TABLE} s WHERE s.score_id = %s {narrow}
            AND NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.id = s.contact_id)
            RETURNING contact_id
        ),
        put AS (
            INSERT INTO {TABLE} AS s (score_id, contact_id, value)
            SELECT %s, fresh.id, fresh.value FROM fresh
            ON CONFLICT (score_id, contact_id) DO UPDATE SET value = excluded.value
            WHERE s.value <> excluded.value
            RETURNING contact_id
        )
        SELECT {told} FROM (
            SELECT contact_id FROM gone UNION ALL SELECT contact_id FROM put
        ) AS moved
    """  # noqa: S608 - names are constants, values are parameters
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, score_id, *ids, score_id])
        rows = cursor.fetchall()
    return rows[0][0] if whole else {pk for (pk,) in rows}


def _collect(
    cursor: Any, score_id: int, points: Sql, among: Sequence[int] | None
) -> None:
    """Fill ``crm_moved``: who has other points now, and which; NULL for none."""
    _drop(cursor)
    sql, params = points
    marks = ", ".join(["%s"] * len(among)) if among is not None else ""
    narrow = f"AND contact_id IN ({marks})" if among is not None else ""
    for name in ("fresh", "moved"):
        cursor.execute(
            f"CREATE TEMP TABLE crm_{name} (id INTEGER PRIMARY KEY, value INTEGER)"
        )
    cursor.execute(f"INSERT INTO temp.crm_fresh {sql}", params)
    cursor.execute(
        f"""INSERT INTO temp.crm_moved SELECT f.id, f.value FROM temp.crm_fresh f
        LEFT JOIN {TABLE} s ON s.score_id = %s AND s.contact_id = f.id
        WHERE s.value IS NULL OR s.value <> f.value""",  # noqa: S608
        [score_id],
    )
    cursor.execute(
        f"""INSERT INTO temp.crm_moved SELECT contact_id, NULL FROM {TABLE}
        WHERE score_id = %s {narrow}
        AND contact_id NOT IN (SELECT id FROM temp.crm_fresh)""",  # noqa: S608
        [score_id, *(among or [])],
    )


def _written(cursor: Any, score_id: int, still: Callable[[], bool]) -> int:
    """Write the difference, each SLICE in a short transaction of its own."""
    low, number = 0, 0
    while True:
        cursor.execute(
            "SELECT max(id), count(*) FROM (SELECT id FROM temp.crm_moved "
            "WHERE id > %s ORDER BY id LIMIT %s)",
            [low, SLICE],
        )
        high, count = cursor.fetchone()
        if high is None:
            return number
        if low:
            time.sleep(BREATH)
        with transaction.atomic():
            if not still():
                raise Overtaken
            _write(cursor, score_id, low, high)
        low, number = high, number + count


def _write(cursor: Any, score_id: int, low: int, high: int) -> None:
    cursor.execute(
        f"""DELETE FROM {TABLE} WHERE score_id = %s AND contact_id IN (
            SELECT id FROM temp.crm_moved
            WHERE value IS NULL AND id > %s AND id <= %s)""",  # noqa: S608
        [score_id, low, high],
    )
    cursor.execute(
        f"""INSERT INTO {TABLE} (score_id, contact_id, value)
        SELECT %s, id, value FROM temp.crm_moved
        WHERE value IS NOT NULL AND id > %s AND id <= %s
        ON CONFLICT (score_id, contact_id) DO UPDATE SET value = excluded.value""",  # noqa: S608
        [score_id, low, high],
    )


def _moved(cursor: Any) -> set[int]:
    cursor.execute("SELECT id FROM temp.crm_moved")
    return {pk for (pk,) in cursor.fetchall()}


def _drop(cursor: Any) -> None:
    for name in ("fresh", "moved"):
        cursor.execute(f"DROP TABLE IF EXISTS temp.crm_{name}")
