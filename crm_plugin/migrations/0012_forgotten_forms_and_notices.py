"""Owners say when forms are forgotten, and who is told of new inquiries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0011_form_pages")]

    operations = [
        migrations.AddField(
            model_name="crmsettings",
            name="provisional_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Known only from a form that nobody confirmed, with nothing else on record. 0: never.",
                null=True,
                verbose_name="forget provisional contacts after (days)",
            ),
        ),
        migrations.AddField(
            model_name="crmsettings",
            name="notices_to",
            field=models.EmailField(
                blank=True,
                help_text="Where nobody looks after the contact. Empty: the sender's address.",
                max_length=254,
                verbose_name="new inquiries are announced to",
            ),
        ),
    ]
