from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0005_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataFill",
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
                ("room", models.CharField(max_length=20)),
                ("noun", models.CharField(max_length=12)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("source", models.CharField(blank=True, max_length=20)),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("newest_at", models.DateTimeField(null=True)),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "count of the data map",
                "verbose_name_plural": "counts of the data map",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("noun", "name", "source"), name="crm_data_fill_once"
                    )
                ],
            },
        ),
    ]
