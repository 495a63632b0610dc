from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0028_web_meetings")]

    operations = [
        migrations.AddField(
            "segment",
            "of_visits",
            models.BooleanField(
                default=False,
                editable=False,
                help_text="Its rule asks of a visit to the site: it has no members.",
            ),
        ),
    ]
