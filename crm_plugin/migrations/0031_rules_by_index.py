from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0030_preview_turns")]

    operations = [
        migrations.AddIndex(
            "contact",
            models.Index(
                fields=["id"],
                name="crm_contact_current",
                condition=models.Q(archived_at=None),
            ),
        ),
        migrations.AddIndex(
            "touchpoint",
            models.Index(
                fields=["at", "contact"],
                name="crm_touch_human",
                condition=models.Q(machine=False, unverified=False),
            ),
        ),
        migrations.AddIndex(
            "touchpoint",
            models.Index(
                fields=["kind", "at", "contact", "machine", "unverified"],
                name="crm_touch_kind",
            ),
        ),
        migrations.RemoveIndex("touchpoint", "crm_touch_kind_idx"),
    ]
