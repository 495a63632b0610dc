"""Promoted search results for members of segments."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0025_thanks_after_a_visit")]

    operations = [
        migrations.CreateModel(
            name="PromotedFor",
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
                ("pick_id", models.BigIntegerField()),
                (
                    "segment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm_plugin.segment",
                        verbose_name="for members of",
                    ),
                ),
            ],
            options={
                "verbose_name": "promoted search result",
                "verbose_name_plural": "promoted search results",
            },
        ),
        migrations.AddConstraint(
            model_name="promotedfor",
            constraint=models.UniqueConstraint(
                fields=("pick_id", "segment"), name="crm_promoted_once"
            ),
        ),
    ]
