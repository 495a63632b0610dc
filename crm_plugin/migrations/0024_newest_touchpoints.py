from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0023_accounts_by_network")]

    operations = [
        migrations.AddIndex(
            "touchpoint",
            models.Index(fields=["-at", "-id"], name="crm_touch_newest"),
        ),
    ]
