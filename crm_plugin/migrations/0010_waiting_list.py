"""Who waits for a place; a service no longer has one resource only."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0009_booking_resources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name="service",
            name="resource",
        ),
        migrations.CreateModel(
            name="WaitingEntry",
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
                (
                    "reference",
                    models.CharField(
                        max_length=20, unique=True, verbose_name="reference"
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                (
                    "party_size",
                    models.PositiveSmallIntegerField(
                        default=1, verbose_name="party size"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("channel", models.CharField(default="web", max_length=8)),
                ("unverified", models.BooleanField(default=False)),
                ("key", models.CharField(max_length=80, null=True, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="since"),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="told"),
                ),
                ("told_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "freed_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When a place got free on this day, last.",
                        null=True,
                    ),
                ),
                (
                    "left_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="left the list"
                    ),
                ),
            ],
            options={
                "verbose_name": "waiting list entry",
                "verbose_name_plural": "waiting list",
                "ordering": ["on", "created_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="booking",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="waited",
                to="crm_plugin.booking",
            ),
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="contact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waiting",
                to="crm_plugin.contact",
            ),
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="left_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="point",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm_plugin.contactpoint",
            ),
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waiting",
                to="crm_plugin.service",
                verbose_name="service",
            ),
        ),
        migrations.AddIndex(
            model_name="waitingentry",
            index=models.Index(
                condition=models.Q(("booking", None), ("left_at", None)),
                fields=["on", "service"],
                name="crm_waiting_open",
            ),
        ),
        migrations.AddIndex(
            model_name="waitingentry",
            index=models.Index(
                fields=["contact", "-created_at"], name="crm_waiting_contact"
            ),
        ),
    ]
