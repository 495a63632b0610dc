from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0039_stays_in_order"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="goal",
            field=models.CharField(
                choices=[
                    ("booking", "bookings"),
                    ("use", "uses"),
                    ("sales", "sales"),
                    ("answer", "answers"),
                    ("submit", "forms sent"),
                ],
                default="booking",
                max_length=8,
                verbose_name="goal",
            ),
        ),
    ]
