"""How many a segment would have held on past days, recomputed from dated data."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0032_left_lately")]

    operations = [
        migrations.CreateModel(
            name="SegmentPastCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("size", models.PositiveIntegerField(verbose_name="members")),
                ("computed_at", models.DateTimeField(verbose_name="recomputed")),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_counts",
                        to="crm_plugin.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "recomputed number of members",
                "verbose_name_plural": "recomputed numbers of members",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("segment", "on"), name="crm_past_count_once"
                    )
                ],
            },
        ),
    ]
