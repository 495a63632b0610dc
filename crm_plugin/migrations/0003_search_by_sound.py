"""The search key holds what names sound like: ask the worker to fill every key anew."""

from django.db import migrations

ASK = """
    INSERT INTO crm_plugin_contactchange (contact_id, aspect, at)
    SELECT id, 'search', CURRENT_TIMESTAMP FROM crm_plugin_contact
"""


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0002_indexes_of_lists")]

    operations = [migrations.RunSQL(ASK, migrations.RunSQL.noop)]
