"""Stays written set-based: who matches and is not in enters, who is in and does not
match leaves. Nothing changed means that nothing is written.

Of everybody PostgreSQL does it in one statement. SQLite collects the difference in
temporary tables, which takes no write lock, and writes it in slices with a breath
between them, so that visitors' forms never wait. Of the few who changed it is known
beforehand in which segments they are: their stays lie together.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from crm_plugin import rules

from .models import SegmentMembership

SLICE = 20_000
BREATH = 0.05
TABLE = SegmentMembership._meta.db_table
NOBODY = "SELECT 0 WHERE 1 = 0"
TEMPORARY = ("matched", "come", "gone")


@dataclass(frozen=True)
class Delta:
    """How many entered, left, and match now (of those that were looked at).

    ``doubtful`` are ids that were not written: they may have changed meanwhile.
    """

    entered: int = 0
    left: int = 0
    size: int = 0
    doubtful: tuple[int, ...] = ()

    def __add__(self, more: "Delta") -> "Delta":
        """Both together; the size is for who counts the stays."""
        entered, left = self.entered + more.entered, self.left + more.left
        return Delta(entered, left, self.size)


def apply(
    segment_id: int,
    contacts: QuerySet | None,
    at: dt.datetime,
    *,
    still: Callable[[], bool] = lambda: True,
) -> Delta:
    """Bring the stays in one segment in line with *contacts* (None: nobody).

    On SQLite *still* is asked before each slice is written, in its transaction; from
    its first no on nothing is.
    """
    rule, params = _sql(contacts)
    if connection.vendor == "postgresql":
        return _in_one_statement(segment_id, rule, params, at)
    return _in_slices(segment_id, rule, params, at, still)


def inside(contact_ids: Collection[int]) -> dict[int, set[int]]:
    """``{segment id: those of the contacts who are in it}``; one query."""
    found: dict[int, set[int]] = defaultdict(set)
    stays = SegmentMembership.objects.filter(
        contact__in=rules.listed(contact_ids), left_at=None
    )
    for segment_id, contact_id in stays.values_list("segment_id", "contact_id"):
        found[segment_id].add(contact_id)
    return found


def apply_to_few(
    segment_id: int, contacts: Iterable[int] | None, at: dt.datetime, now: set[int]
) -> Delta:
    """The same for a few contacts: those of them who match, and who are in it *now*.

    Whoever was let in meanwhile stays; a change that did so is told to the feed.
    """
    matched = set() if contacts is None else set(contacts)
    left = entered = 0
    if gone := now - matched:
        stays = SegmentMembership.objects.filter(segment=segment_id, left_at=None)
        left = stays.filter(contact__in=rules.listed(gone)).update(left_at=at)
    if come := matched - now:
        entered = _let_in(segment_id, come, at)
    return Delta(entered, left, len(matched))


def _let_in(segment_id: int, contact_ids: set[int], at: dt.datetime) -> int:
    ids = rules.listed(sorted(contact_ids))
    statement = f"""
        INSERT INTO {TABLE} (segment_id, contact_id, entered_at, left_at)
        WITH come (id) AS ({ids.sql})
        SELECT %s, id, %s, NULL FROM come WHERE true ON CONFLICT DO NOTHING
    """  # noqa: S608 - names are constants, values are parameters
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*ids.params, segment_id, moment])
        return cursor.rowcount


def _sql(contacts: QuerySet | None) -> tuple[str, list[Any]]:
    if contacts is None:
        return NOBODY, []
    try:
        sql, params = contacts.query.sql_with_params()
    except EmptyResultSet:
        return NOBODY, []
    return sql, list(params)


def _in_one_statement(
    segment_id: int,
    rule: str,
    params: list[Any],
    at: dt.datetime,
) -> Delta:
    # EXCEPT, and a question for the one stay of each who leaves, which are never a loop
    # in a loop: a table that is thought to be empty, as it was when it was looked at
    # last, would be read through for every contact. Who enters does so in the order of
    # the indexes.
    statement = f"""
        WITH matched (id) AS MATERIALIZED ({rule}),
        members (id) AS MATERIALIZED (
            SELECT contact_id FROM {TABLE}
            WHERE segment_id = %s AND left_at IS NULL
        ),
        gone AS (
            UPDATE {TABLE} SET left_at = %s WHERE ctid = ANY (ARRAY(
                SELECT (
                    SELECT stay.ctid FROM {TABLE} stay WHERE stay.segment_id = %s
                    AND stay.left_at IS NULL AND stay.contact_id = leaving.id
                )
                FROM (SELECT id FROM members EXCEPT SELECT id FROM matched) AS leaving
            ))
            RETURNING 1
        ),
        come AS (
            INSERT INTO {TABLE} (segment_id, contact_id, entered_at, left_at)
            SELECT %s, id, %s, NULL
            FROM (SELECT id FROM matched EXCEPT SELECT id FROM members) AS entered
            ORDER BY id
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone),
               (SELECT count(*) FROM matched)
    """  # noqa: S608 - names are constants, values are parameters
    values = [*params, segment_id, at, segment_id, segment_id, at]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return Delta(*cursor.fetchone())


def _in_slices(
    segment_id: int,
    rule: str,
    params: list[Any],
    at: dt.datetime,
    still: Callable[[], bool],
) -> Delta:
    with connection.cursor() as cursor:
        try:
            size = _collect(cursor, segment_id, rule, params)
            return replace(_write(cursor, segment_id, at, still), size=size)
        finally:
            _empty(cursor)


def _collect(cursor: Any, segment_id: int, rule: str, params: list[Any]) -> int:
    """Fill the temporary tables without a write lock: matched (how many are told),
    come and gone.

    They stay as long as the connection: with each that is made or dropped SQLite would
    read every statement that it knows anew.
    """
    for name in TEMPORARY:
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS crm_{name} (id INTEGER PRIMARY KEY)"
        )
    _empty(cursor)
    members = (
        f"SELECT contact_id FROM {TABLE} "  # noqa: S608 - names are constants
        "WHERE segment_id = %s AND left_at IS NULL"
    )
    cursor.execute(f"INSERT OR IGNORE INTO temp.crm_matched {rule}", params)
    cursor.execute(
        "INSERT INTO temp.crm_come SELECT id FROM temp.crm_matched "  # noqa: S608
        f"WHERE id NOT IN ({members})",
        [segment_id],
    )
    cursor.execute(
        f"INSERT INTO temp.crm_gone {members} "  # noqa: S608
        "AND contact_id NOT IN (SELECT id FROM temp.crm_matched)",
        [segment_id],
    )
    cursor.execute("SELECT count(*) FROM temp.crm_matched")
    return cursor.fetchone()[0]


def _write(
    cursor: Any, segment_id: int, at: dt.datetime, still: Callable[[], bool]
) -> Delta:
    moment = connection.ops.adapt_datetimefield_value(at)
    come = (
        f"INSERT OR IGNORE INTO {TABLE} "  # noqa: S608
        "(segment_id, contact_id, entered_at, left_at) "
        "SELECT %s, id, %s, NULL FROM temp.crm_come WHERE id > %s AND id <= %s"
    )
    gone = (
        f"UPDATE {TABLE} SET left_at = %s "  # noqa: S608
        "WHERE segment_id = %s AND left_at IS NULL AND contact_id IN "
        "(SELECT id FROM temp.crm_gone WHERE id > %s AND id <= %s)"
    )
    left, undone = _slice_by_slice(cursor, "gone", gone, [moment, segment_id], still)
    entered, more = _slice_by_slice(cursor, "come", come, [segment_id, moment], still)
    return Delta(entered, left, doubtful=(*undone, *more))


def _slice_by_slice(
    cursor: Any,
    name: str,
    statement: str,
    values: list[Any],
    still: Callable[[], bool],
) -> tuple[int, list[int]]:
    """Run *statement* for each SLICE of ids, in a short transaction of its own; how
    many stays were written, and the ids that were left alone."""
    low = written = 0
    while (high := _end_of_slice(cursor, name, low)) is not None:
        if low:
            time.sleep(BREATH)
        with transaction.atomic():
            if not still():
                return written, _after(cursor, name, low)
            cursor.execute(statement, [*values, low, high])
            written += cursor.rowcount
        low = high
    return written, []


def _end_of_slice(cursor: Any, name: str, low: int) -> int | None:
    cursor.execute(
        f"SELECT max(id) FROM (SELECT id FROM temp.crm_{name} "  # noqa: S608
        "WHERE id > %s ORDER BY id LIMIT %s)",
        [low, SLICE],
    )
    return cursor.fetchone()[0]


def _after(cursor: Any, name: str, low: int) -> list[int]:
    cursor.execute(
        f"SELECT id FROM temp.crm_{name} WHERE id > %s ORDER BY id",  # noqa: S608
        [low],
    )
    return [pk for (pk,) in cursor.fetchall()]


def _empty(cursor: Any) -> None:
    for name in TEMPORARY:
        cursor.execute(f"DELETE FROM temp.crm_{name}")  # noqa: S608
