"""Opening hours, special days, and what a service knows of itself."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import modelcluster.fields
from django.db import migrations, models

import crm_plugin.bookings.models.grain


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0007_more_sensitive_screens"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpeningHours",
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
                    "opens",
                    models.TimeField(
                        validators=[crm_plugin.bookings.models.grain.on_the_quarter],
                        verbose_name="from",
                    ),
                ),
                (
                    "closes",
                    models.TimeField(
                        validators=[crm_plugin.bookings.models.grain.on_the_quarter],
                        verbose_name="until",
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                            (7, "Public holidays"),
                        ],
                        verbose_name="day",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening hours",
                "verbose_name_plural": "opening hours",
                "ordering": ["weekday", "opens"],
            },
        ),
        migrations.CreateModel(
            name="SpecialDays",
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
                ("first_on", models.DateField(verbose_name="first day")),
                (
                    "last_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: one day.",
                        null=True,
                        verbose_name="last day",
                    ),
                ),
                (
                    "opens",
                    models.TimeField(
                        blank=True,
                        help_text="Both empty: closed.",
                        null=True,
                        validators=[crm_plugin.bookings.models.grain.on_the_quarter],
                        verbose_name="from",
                    ),
                ),
                (
                    "closes",
                    models.TimeField(
                        blank=True,
                        null=True,
                        validators=[crm_plugin.bookings.models.grain.on_the_quarter],
                        verbose_name="until",
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="Why; visitors see it.",
                        max_length=80,
                        verbose_name="note",
                    ),
                ),
            ],
            options={
                "verbose_name": "special days",
                "verbose_name_plural": "special days",
                "ordering": ["first_on", "opens"],
            },
        ),
        migrations.AlterModelOptions(
            name="resource",
            options={
                "ordering": ["order", "name", "id"],
                "verbose_name": "resource",
                "verbose_name_plural": "resources",
            },
        ),
        migrations.RemoveConstraint(
            model_name="serviceslot",
            name="crm_slot_weekday",
        ),
        migrations.AddField(
            model_name="booking",
            name="moved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="moved"),
        ),
        migrations.AddField(
            model_name="booking",
            name="point",
            field=models.ForeignKey(
                blank=True,
                help_text="The address that was given for it: what we write goes there.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm_plugin.contactpoint",
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="reminded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="reminded"),
        ),
        migrations.AddField(
            model_name="booking",
            name="resource",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bookings",
                to="crm_plugin.resource",
                verbose_name="place",
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="sequence",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Grows with each change, for calendars."
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="holidays",
            field=models.CharField(
                choices=[
                    ("usual", "open as on any other day"),
                    ("closed", "closed"),
                    ("own", "hours of their own, in the plan below"),
                ],
                default="usual",
                max_length=6,
                verbose_name="on public holidays",
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="kind",
            field=models.CharField(
                choices=[
                    ("room", "room or group of tables"),
                    ("table", "table"),
                    ("person", "person"),
                ],
                default="room",
                max_length=6,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="order",
            field=models.PositiveSmallIntegerField(default=100, verbose_name="order"),
        ),
        migrations.AddField(
            model_name="resource",
            name="whole",
            field=models.BooleanField(
                default=False,
                help_text="A table or private room that is not shared with others.",
                verbose_name="one booking at a time",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="To clear the table or air the room; nobody can book it.",
                validators=[
                    django.core.validators.MaxValueValidator(1440),
                    crm_plugin.bookings.models.grain.in_quarters,
                ],
                verbose_name="pause after it (minutes)",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as many as there are places.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="at most at once (people)",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="change_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                default=24,
                help_text="By the link in the mail. Empty: only by telephone.",
                null=True,
                verbose_name="change or cancel until (hours before)",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="min_party",
            field=models.PositiveSmallIntegerField(
                default=1,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="smallest party",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="phase",
            field=models.CharField(
                blank=True,
                choices=[
                    ("marketing", "marketing"),
                    ("sales", "sales"),
                    ("support", "support"),
                    ("success", "customer success"),
                ],
                help_text="A training or seminar for customers belongs to their success.",
                max_length=10,
                verbose_name="phase",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="price",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Shown to visitors. Empty: nothing is said.",
                max_digits=12,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="price",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="price_per",
            field=models.CharField(
                choices=[("person", "per person"), ("booking", "per booking")],
                default="person",
                max_length=8,
                verbose_name="price for",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="remind_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="By e-mail, once. Empty: no reminder.",
                null=True,
                verbose_name="remind (hours before)",
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="resource",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="crm_plugin.resource",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="resources",
            field=models.ManyToManyField(
                help_text="A booking takes one that is free, the smallest that fits.",
                related_name="services",
                to="crm_plugin.resource",
                verbose_name="at one of",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="step_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Within the opening hours. Empty: at the fixed times below.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(15),
                    django.core.validators.MaxValueValidator(1440),
                    crm_plugin.bookings.models.grain.in_quarters,
                ],
                verbose_name="may start every (minutes)",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="waiting_list",
            field=models.BooleanField(
                default=True,
                help_text="Who finds a day full may ask to be told when a place gets free.",
                verbose_name="waiting list",
            ),
        ),
        migrations.AlterField(
            model_name="booking",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bookings",
                to="crm_plugin.service",
                verbose_name="service",
            ),
        ),
        migrations.AlterField(
            model_name="resource",
            name="places",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="How many people at once: seats of a room, 1 for a person.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="places",
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="days_ahead",
            field=models.PositiveSmallIntegerField(
                default=30,
                validators=[django.core.validators.MaxValueValidator(730)],
                verbose_name="bookable days ahead",
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="duration_minutes",
            field=models.PositiveSmallIntegerField(
                default=90,
                validators=[
                    django.core.validators.MinValueValidator(15),
                    django.core.validators.MaxValueValidator(1440),
                    crm_plugin.bookings.models.grain.in_quarters,
                ],
                verbose_name="duration (minutes)",
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="max_party",
            field=models.PositiveSmallIntegerField(
                default=8,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="largest party",
            ),
        ),
        migrations.AlterField(
            model_name="serviceslot",
            name="starts",
            field=models.TimeField(
                validators=[crm_plugin.bookings.models.grain.on_the_quarter],
                verbose_name="starts at",
            ),
        ),
        migrations.AlterField(
            model_name="serviceslot",
            name="weekday",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "Monday"),
                    (1, "Tuesday"),
                    (2, "Wednesday"),
                    (3, "Thursday"),
                    (4, "Friday"),
                    (5, "Saturday"),
                    (6, "Sunday"),
                    (7, "Public holidays"),
                ],
                verbose_name="weekday",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(
                    ("came_at", None),
                    ("cancelled_at", None),
                    ("no_show_at", None),
                    ("reminded_at", None),
                ),
                fields=["starts_at"],
                name="crm_booking_unreminded",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceslot",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__lte", 7)), name="crm_slot_weekday"
            ),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="resource",
            field=modelcluster.fields.ParentalKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hours",
                to="crm_plugin.resource",
            ),
        ),
        migrations.AddField(
            model_name="specialdays",
            name="resource",
            field=modelcluster.fields.ParentalKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="special_days",
                to="crm_plugin.resource",
            ),
        ),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=models.UniqueConstraint(
                fields=("resource", "weekday", "opens"), name="crm_hours_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__lte", 7)), name="crm_hours_weekday"
            ),
        ),
        migrations.AddConstraint(
            model_name="specialdays",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_on", None),
                    ("last_on__gte", models.F("first_on")),
                    _connector="OR",
                ),
                name="crm_special_days_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialdays",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes", None), ("opens", None)),
                    models.Q(("closes__isnull", False), ("opens__isnull", False)),
                    _connector="OR",
                ),
                name="crm_special_days_hours",
            ),
        ),
    ]
