"""What the database believes of its tables, right after much was written at once."""

from django.apps import apps
from django.db import connection


def look_again() -> None:
    """Let PostgreSQL count our tables now, instead of within minutes.

    Until it has, it takes a table that was just filled for an empty one, and asks each
    contact about each: minutes for what takes a moment. SQLite needs no such look.
    """
    if connection.vendor != "postgresql":
        return
    models = apps.get_app_config("crm_plugin").get_models()
    quote = connection.ops.quote_name
    tables = ", ".join(quote(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
