"""Every row of the CRM as it stands, to be compared with how it stands later."""

from django.apps import apps
from django.db import connection

# What tells of changes, not of people; the ledger keeps the lines that settled a merge.
APART = {
    "operation",
    "change",
    "bundle",
    "contactchange",
    "score",
    "unsearched",
    "work",
    "heartbeat",
}


def dump():
    """``{table: its rows, sorted}``"""
    with connection.cursor() as cursor:
        return {
            model._meta.db_table: _rows(cursor, model._meta.db_table)
            for model in apps.get_app_config("crm_plugin").get_models()
            if model._meta.model_name not in APART
        }


def _rows(cursor, table):
    settled = " WHERE action <> 'merge'" if table.endswith("consentevent") else ""
    cursor.execute(f"SELECT * FROM {table}{settled}")  # noqa: S608
    return sorted(tuple(map(str, row)) for row in cursor.fetchall())


def differing(before, after):
    """What is not the same, small enough to be read: ``{table: (gone, new)}``."""
    return {
        table: (
            [row for row in before[table] if row not in after[table]],
            [row for row in after[table] if row not in before[table]],
        )
        for table in before
        if before[table] != after[table]
    }
