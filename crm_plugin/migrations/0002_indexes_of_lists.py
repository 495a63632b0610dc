from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0001_initial")]

    operations = [
        migrations.AddIndex(
            "purchase",
            models.Index(fields=["-at", "-id"], name="crm_purchase_newest"),
        ),
        migrations.AddIndex(
            "deal",
            models.Index(fields=["-opened_at", "-id"], name="crm_deal_newest"),
        ),
        migrations.AddIndex(
            "followup",
            models.Index(
                condition=models.Q(("done_at__isnull", False)),
                fields=["-done_at"],
                name="crm_followup_done",
            ),
        ),
    ]
