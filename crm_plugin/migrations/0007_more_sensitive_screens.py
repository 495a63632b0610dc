"""Merging two records and asking why somebody is in a segment show sensitive values, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0006_data_map")]

    operations = [
        migrations.AlterField(
            model_name="sensitiveview",
            name="screen",
            field=models.CharField(
                choices=[
                    ("record", "record"),
                    ("form", "form"),
                    ("export", "export"),
                    ("merge", "merge"),
                    ("why", "segments, and why"),
                ],
                max_length=8,
                verbose_name="screen",
            ),
        )
    ]
