"""The database and the cache: do they keep what they are given?"""

import uuid
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from crm_plugin.contacts import search_index

from .findings import Finding, error, ok, warning


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def about_database() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        yield ok(f"database: {connection.vendor}")
    else:
        yield _about_sqlite()
    yield _about_search()
    yield _about_cache()


def _about_sqlite() -> Finding:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    options = settings.DATABASES["default"].get("OPTIONS", {})
    kind = options.get("transaction_mode") or "deferred"
    if mode == "wal" and kind == "IMMEDIATE":
        return ok("SQLite: WAL and immediate transactions")
    return error(
        f"SQLite: journal {mode}, transactions {kind}",
        "Copy the OPTIONS of docs/settings.md: writers lose data without them.",
    )


def _about_search() -> Finding:
    if search_index.available():
        return ok("the search for contacts has its index")
    return warning(
        "the search for contacts has no index: right, but slow with many",
        "SQLite needs FTS5, PostgreSQL the extension pg_trgm; then `manage.py migrate`.",
    )


def _about_cache() -> Finding:
    token = uuid.uuid4().hex
    try:
        # A missing table must not take the caller's transaction with it.
        with transaction.atomic():
            cache.set("crm-doctor", token, 60)
            kept = cache.get("crm-doctor") == token
    except DatabaseError:
        return error("the cache has no table", "Run `manage.py createcachetable`.")
    except OSError as trouble:
        return error(f"the cache does not answer: {trouble}", "Is its server running?")
    if kept:
        return ok("the cache keeps what it is given")
    return error(
        "the cache keeps nothing", "Rate limits need one: see docs/settings.md."
    )
