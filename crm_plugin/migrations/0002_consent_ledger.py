"""The ledger of consent is insert-only, on SQLite and on PostgreSQL."""

from django.db import migrations

from crm_plugin.consents import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
