"""The main line of an organisation in one spelling; SNS ids are found by their handle."""

from django.db import migrations, models

from crm_plugin import normalise

SLICE = 2_000
# The worker fills the search key of whoever has an SNS id anew.
ASK = """
    INSERT INTO crm_plugin_contactchange (contact_id, aspect, at)
    SELECT DISTINCT contact_id, 'search', CURRENT_TIMESTAMP
    FROM crm_plugin_contactpoint WHERE kind = 'sns'
"""


def fill_main_lines(apps, schema_editor):
    """One read and one write per two thousand organisations with a number."""
    firms = apps.get_model("crm_plugin", "Organisation").objects.exclude(phone="")
    changed = []
    for firm in firms.only("phone").iterator(chunk_size=SLICE):
        firm.phone_norm = normalise.phone(firm.phone)[:40]
        changed.append(firm)
    firms.bulk_update(changed, ["phone_norm"], batch_size=SLICE)


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0033_segment_past_counts")]

    operations = [
        migrations.AddField(
            "organisation",
            "phone_norm",
            models.CharField(
                blank=True, db_index=True, default="", editable=False, max_length=40
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill_main_lines, migrations.RunPython.noop),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
