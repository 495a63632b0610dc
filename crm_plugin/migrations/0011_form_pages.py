import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0010_waiting_list"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="invited",
            field=models.BooleanField(
                default=False,
                help_text="It came by a link that was sent to this contact's address.",
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="kind",
            field=models.CharField(
                choices=[
                    ("inquiry", "inquiry"),
                    ("booking", "booking"),
                    ("sign_up", "newsletter sign-up"),
                    ("feedback", "feedback"),
                    ("other", "form"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="touchpoint",
            name="kind",
            field=models.CharField(
                choices=[
                    ("form", "form"),
                    ("inquiry", "inquiry"),
                    ("complaint", "complaint"),
                    ("feedback", "feedback"),
                    ("call", "call"),
                    ("visit", "visit"),
                    ("mail_in", "mail received"),
                    ("mail_out", "mail sent"),
                    ("note", "note"),
                    ("click", "click"),
                    ("page", "page read"),
                    ("search", "site search"),
                    ("chat", "chat"),
                    ("postcard", "postcard"),
                    ("new_year", "New Year card"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="FormCount",
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
                ("day", models.DateField()),
                ("source", models.CharField(blank=True, max_length=60)),
                ("views", models.PositiveIntegerField(default=0)),
                ("starts", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "count of a form",
                "verbose_name_plural": "counts of forms",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("page_id", "day", "source"), name="crm_form_count_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rating",
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
                    "scale",
                    models.CharField(
                        choices=[
                            ("stars", "stars (1 to 5)"),
                            ("nps", "would recommend us (0 to 10)"),
                        ],
                        max_length=5,
                        verbose_name="scale",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("page_id", models.BigIntegerField(null=True)),
                ("page_title", models.CharField(blank=True, max_length=255)),
                (
                    "unverified",
                    models.BooleanField(default=False, verbose_name="unverified"),
                ),
                ("key", models.CharField(max_length=80, unique=True)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="ratings",
                        to="crm_plugin.contact",
                    ),
                ),
                (
                    "touchpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="ratings",
                        to="crm_plugin.touchpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
                "verbose_name_plural": "ratings",
                "indexes": [
                    models.Index(fields=["scale", "at"], name="crm_rating_when"),
                    models.Index(
                        condition=models.Q(("contact__isnull", False)),
                        fields=["contact", "scale", "-at"],
                        name="crm_rating_contact",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scale", "stars"), ("score__range", (1, 5))),
                            models.Q(("scale", "nps"), ("score__range", (0, 10))),
                            _connector="OR",
                        ),
                        name="crm_rating_in_range",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
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
                    "public_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("page_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=150, verbose_name="file")),
                ("real_type", models.CharField(max_length=8, verbose_name="type")),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("sha256", models.CharField(max_length=64)),
                ("path", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="crm_plugin.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
                "indexes": [
                    models.Index(
                        condition=models.Q(("submission", None)),
                        fields=["created_at"],
                        name="crm_upload_waiting",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                fields=["page_id", "received_at"], name="crm_submission_page"
            ),
        ),
    ]
