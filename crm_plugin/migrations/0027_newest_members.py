from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0026_promoted_for_segments")]

    operations = [
        migrations.AddIndex(
            "segmentmembership",
            models.Index(
                fields=["segment", "-entered_at", "contact"],
                name="crm_membership_newest",
            ),
        ),
    ]
