import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0029_segments_of_visits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PreviewTurn",
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
                ("asked", models.PositiveBigIntegerField(default=0)),
                ("running", models.PositiveBigIntegerField(null=True)),
                ("place", models.PositiveSmallIntegerField(null=True, unique=True)),
                ("until", models.DateTimeField(null=True)),
                ("answered", models.PositiveBigIntegerField(default=0)),
                ("about", models.CharField(blank=True, max_length=20)),
                ("figure", models.JSONField(default=dict)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "turn of a preview",
                "verbose_name_plural": "turns of previews",
            },
        ),
    ]
