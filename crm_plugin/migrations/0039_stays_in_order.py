"""Nobody leaves a segment before having entered it: the database refuses it now."""

from django.db import migrations, models
from django.db.models import F, Q


def mend(apps, schema_editor):
    """Whoever was let in while everybody was being read left at an earlier moment."""
    stays = apps.get_model("crm_plugin", "SegmentMembership").objects
    stays.filter(left_at__lt=F("entered_at")).update(left_at=F("entered_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0038_fewer_indexes_of_stays"),
    ]

    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="segmentmembership",
            constraint=models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")),
                name="crm_membership_in_order",
            ),
        ),
    ]
