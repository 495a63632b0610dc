"""Filling tables by ``INSERT … SELECT`` over numbers, in both dialects."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone

from crm_plugin.contacts import search_index

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)


def numbers(first: int, last: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series({first}::bigint, {last}::bigint) AS n(i)"
    return (
        f"(WITH RECURSIVE s(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM s"
        f" WHERE i < {last}) SELECT i FROM s) n"
    )


def ago(seconds: str, now: dt.datetime = NOW) -> str:
    if connection.vendor == "postgresql":
        return f"timestamptz '{now.isoformat()}' - ({seconds}) * interval '1 second'"
    return f"datetime('{now:%Y-%m-%d %H:%M:%S}', '-' || ({seconds}) || ' seconds')"


def day(days: str, now: dt.datetime = NOW) -> str:
    if connection.vendor == "postgresql":
        return f"date '{now:%Y-%m-%d}' - (({days})::integer)"
    return f"date('{now:%Y-%m-%d}', '-' || ({days}) || ' days')"


def uuid() -> str:
    if connection.vendor == "postgresql":
        return "gen_random_uuid()"
    return "lower(hex(randomblob(16)))"


def fill(model: type[models.Model], rows: str, **columns: str) -> None:
    """One row for each of *rows*: *columns* as SQL, everything else by its default."""
    params: list[Any] = []
    chosen = dict(columns)
    for field in model._meta.concrete_fields:
        if field.column not in chosen and not isinstance(field, models.AutoField):
            chosen[field.column] = "%s"
    for column, sql in chosen.items():
        if sql == "%s":
            params.append(_default(model, column))
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, chosen))
    table = quote(model._meta.db_table)
    select = ", ".join(
        sql.replace("%", "%%") if sql != "%s" else sql for sql in chosen.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {select} FROM {rows.replace('%', '%%')}",
            params,
        )


def _default(model: type[models.Model], column: str) -> Any:
    field = next(f for f in model._meta.concrete_fields if f.column == column)
    moment = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    value = timezone.now() if moment else field.get_default()
    return field.get_db_prep_save(value, connection)


@contextmanager
def loading() -> Iterator[None]:
    """Loading a throw-away database needs no promise to survive a power cut."""
    sqlite = ["PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF"]
    sqlite += ["PRAGMA cache_size = -800000", "PRAGMA temp_store = MEMORY"]
    postgresql = [
        "SET session_replication_role = replica",
        "SET synchronous_commit = off",
    ]
    postgresql += ["SET maintenance_work_mem = '512MB'"]
    with connection.cursor() as cursor:
        for statement in sqlite if connection.vendor == "sqlite" else postgresql:
            cursor.execute(statement)
    try:
        yield
    finally:
        connection.close()


@contextmanager
def without_indexes(tables: list[type[models.Model]]) -> Iterator[None]:
    """Indexes are made once at the end; the search index with its triggers, too."""
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        made = _indexes(cursor, names)
        for name, _sql in made:
            cursor.execute(f'DROP INDEX "{name}"')
        if connection.vendor == "sqlite":
            for verb in ("insert", "update", "delete"):
                cursor.execute(f"DROP TRIGGER {search_index.INDEX}_{verb}")
            cursor.execute(f"DROP TABLE {search_index.INDEX}")
    yield
    with connection.cursor() as cursor:
        for _name, sql in made:
            cursor.execute(sql)


def _indexes(cursor: Any, tables: list[str]) -> list[tuple[str, str]]:
    marks = ", ".join(["%s"] * len(tables))
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
            f" AND sql IS NOT NULL AND tbl_name IN ({marks})",
            tables,
        )
    else:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            f" WHERE tablename IN ({marks}) AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)",
            tables,
        )
    return list(cursor.fetchall())


def sequences(numbered: list[type[models.Model]]) -> None:
    """New rows come after those that were numbered here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), numbered):
            cursor.execute(statement)
