"""Insert-only, kept by the database itself: triggers for SQLite and PostgreSQL.

They are put in place after every ``migrate``, not once in a migration: SQLite rebuilds
a table to alter it, and drops its triggers. ``missing`` is for the operator's check.
"""

from typing import Any

from django.apps import apps
from django.db import connection, connections
from django.db.models.signals import post_migrate

TABLES = ("crm_plugin_consentevent", "crm_plugin_wording", "crm_plugin_consentseal")
FUNCTION = "crm_ledger_is_insert_only"
MESSAGE = "this table is insert-only"
# PostgreSQL can empty a table without deleting a row.
_STATEMENTS = {
    "sqlite": ("update", "delete"),
    "postgresql": ("update", "delete", "truncate"),
}
# Emptying an empty table is harmless, and what a test's flush does.
_GUARD = """
CREATE OR REPLACE FUNCTION crm_ledger_is_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE filled boolean := true;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', TG_TABLE_NAME) INTO filled;
  END IF;
  IF filled THEN RAISE EXCEPTION 'this table is insert-only'; END IF;
  RETURN NULL;
END $$
"""


def install(using: Any = None) -> None:
    """Create the triggers, and again after a table was rebuilt."""
    connected = using or connection
    remove(connected)
    with connected.cursor() as cursor:
        if connected.vendor == "postgresql":
            cursor.execute(_GUARD)
        for table in TABLES:
            for verb in _STATEMENTS.get(connected.vendor, ()):
                cursor.execute(_create(connected.vendor, table, verb))


def remove(using: Any = None) -> None:
    """Drop the triggers: for the reverse migration, and a flushing test."""
    connected = using or connection
    with connected.cursor() as cursor:
        for table in TABLES:
            for verb in _STATEMENTS.get(connected.vendor, ()):
                on = f" ON {table}" if connected.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, verb)}{on}")


def empty(using: Any = None) -> None:
    """Delete every row, which the triggers forbid: for tests that flush."""
    connected = using or connection
    remove(connected)
    with connected.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    install(connected)


def missing(using: Any = None) -> list[str]:
    """The triggers that should stand and do not; empty on other databases."""
    connected = using or connection
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    if connected.vendor not in catalogue:
        return []
    with connected.cursor() as cursor:
        cursor.execute(catalogue[connected.vendor])
        present = {name for (name,) in cursor.fetchall()}
    verbs = _STATEMENTS[connected.vendor]
    wanted = [_name(table, verb) for table in TABLES for verb in verbs]
    return [name for name in wanted if name not in present]


def _name(table: str, verb: str) -> str:
    return f"{table}_no_{verb}"


def _create(vendor: str, table: str, verb: str) -> str:
    head = f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb.upper()} ON {table}"
    if vendor == "postgresql":
        each = "STATEMENT" if verb == "truncate" else "ROW"
        return f"{head} FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"


def ensure(sender: Any, *, using: str = "default", **kwargs: Any) -> None:
    """After ``migrate``: create what is missing, once the tables are there."""
    connected = connections[using]
    if set(TABLES) <= set(connected.introspection.table_names()) and missing(connected):
        install(connected)


post_migrate.connect(
    ensure,
    sender=apps.get_app_config("crm_plugin"),
    dispatch_uid="crm-consent-triggers",
)
