import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0004_last_touch_by_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
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
                    "key",
                    models.SlugField(max_length=40, unique=True, verbose_name="key"),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "name_ja",
                    models.CharField(
                        blank=True, max_length=80, verbose_name="Japanese name"
                    ),
                ),
                (
                    "rank",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="The higher, the more: from 10 to 20 is a step up.",
                        verbose_name="level",
                    ),
                ),
                (
                    "active",
                    models.BooleanField(
                        default=True,
                        help_text="Switching off loses nothing.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan",
                "verbose_name_plural": "plans",
                "ordering": ["rank", "id"],
            },
        ),
        migrations.CreateModel(
            name="PlanPeriod",
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
                ("started_on", models.DateField(verbose_name="from")),
                (
                    "ended_on",
                    models.DateField(blank=True, null=True, verbose_name="until"),
                ),
                (
                    "note",
                    models.CharField(blank=True, max_length=300, verbose_name="note"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "came_from",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm_plugin.plan",
                        verbose_name="plan before",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_periods",
                        to="crm_plugin.contact",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periods",
                        to="crm_plugin.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "went_to",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm_plugin.plan",
                        verbose_name="plan after",
                    ),
                ),
            ],
            options={
                "verbose_name": "stay on a plan",
                "verbose_name_plural": "stays on plans",
                "indexes": [
                    models.Index(
                        fields=["plan", "started_on"], name="crm_plan_started"
                    ),
                    models.Index(fields=["started_on", "contact"], name="crm_plan_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None),
                            ("ended_on__gte", models.F("started_on")),
                            _connector="OR",
                        ),
                        name="crm_plan_ended_after_started",
                    )
                ],
            },
        ),
    ]
