"""Claims say on what they were decided."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0012_forgotten_forms_and_notices")]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="basis",
            field=models.CharField(
                blank=True,
                choices=[("asked", "the person was asked")],
                max_length=8,
                verbose_name="basis",
            ),
        ),
    ]
