import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0015_quarantine"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteNote",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("page", "page read"), ("search", "site search")],
                        max_length=6,
                    ),
                ),
                ("person", models.UUIDField(null=True)),
                ("page_id", models.BigIntegerField(null=True)),
                ("page_title", models.CharField(blank=True, max_length=255)),
                ("page_url", models.CharField(blank=True, max_length=500)),
                ("revision", models.BigIntegerField(null=True)),
                ("words", models.CharField(blank=True, max_length=100)),
                ("found", models.PositiveIntegerField(null=True)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("wording", models.BigIntegerField(null=True)),
                ("said_at", models.DateTimeField(null=True)),
                ("verified", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "note of the site",
                "verbose_name_plural": "notes of the site",
            },
        ),
        migrations.AlterField(
            model_name="touchpoint",
            name="result",
            field=models.CharField(
                blank=True,
                choices=[
                    ("settled", "settled"),
                    ("call_back", "to be called back"),
                    ("passed_on", "passed on"),
                    ("not_reached", "not reached"),
                    ("nothing", "nothing found"),
                ],
                max_length=12,
                verbose_name="result",
            ),
        ),
        migrations.CreateModel(
            name="SearchCount",
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
                ("on", models.DateField()),
                ("language", models.CharField(blank=True, max_length=10)),
                ("term", models.CharField(max_length=60)),
                ("searches", models.PositiveIntegerField(default=0)),
                ("without_results", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "count of site searches",
                "verbose_name_plural": "counts of site searches",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("on", "language", "term"), name="crm_search_count_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PageRead",
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
                ("page_id", models.BigIntegerField()),
                ("page_title", models.CharField(blank=True, max_length=255)),
                ("page_url", models.CharField(blank=True, max_length=500)),
                ("revision", models.BigIntegerField(null=True)),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages_read",
                        to="crm_plugin.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "page read",
                "verbose_name_plural": "pages read",
                "indexes": [
                    models.Index(
                        fields=["page_id", "on", "contact"], name="crm_page_read_idx"
                    ),
                    models.Index(fields=["on"], name="crm_page_read_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contact", "page_id", "on"), name="crm_page_read_once"
                    )
                ],
            },
        ),
    ]
