from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0034_main_lines_and_handles")]

    operations = [
        migrations.AddField(
            "contactchange",
            "step",
            models.CharField(
                max_length=100,
                blank=True,
                default="",
                db_default="",
                help_text=(
                    "The one room that could not work it in yet; empty: all of them."
                ),
            ),
        ),
    ]
