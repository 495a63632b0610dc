"""The last touch counts purchases and visits: ask the worker to count their people anew."""

from django.db import migrations

ASK = """
    INSERT INTO crm_plugin_contactchange (contact_id, aspect, at)
    SELECT contact_id, 'touchpoints', CURRENT_TIMESTAMP FROM crm_plugin_contactuses
"""


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0003_search_by_sound")]

    operations = [migrations.RunSQL(ASK, migrations.RunSQL.noop)]
