from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0031_rules_by_index")]

    operations = [
        migrations.AddIndex(
            "segmentmembership",
            models.Index(
                fields=["segment", "left_at", "contact"],
                condition=Q(left_at__isnull=False),
                name="crm_membership_left",
            ),
        ),
    ]
