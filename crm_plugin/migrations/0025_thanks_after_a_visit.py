"""A message after an attended booking: what the service says, what became of it."""

import django.db.models.deletion
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

PAGE = getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0024_newest_touchpoints"),
        migrations.swappable_dependency(PAGE),
    ]

    operations = [
        migrations.AddField(
            model_name="service",
            name="thanks_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="By e-mail, once, when the booking is marked as came. 24 is a day, 168 a week. Empty: no message.",
                null=True,
                validators=[MinValueValidator(1), MaxValueValidator(2160)],
                verbose_name="thank (hours after the visit)",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="thanks_topic",
            field=models.ForeignKey(
                blank=True,
                help_text="It is advertising by law: only who agreed to this topic gets it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm_plugin.topic",
                verbose_name="to those who agreed to",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="feedback_page",
            field=models.ForeignKey(
                blank=True,
                help_text="A tap on a score in the message opens this page with it chosen.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=PAGE,
                verbose_name="asks for feedback on",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="booking_page",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=PAGE,
                verbose_name="leads to book again on",
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="thanks_at",
            field=models.DateTimeField(
                blank=True, help_text="When the thanks are to go out.", null=True
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="thanks_held_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="thanks held back"
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="thanked_at",
            field=models.DateTimeField(
                blank=True, help_text="Dealt with, once and for all.", null=True
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="thanks",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="crm_plugin.delivery",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(
                    ("thanked_at", None),
                    ("thanks_at__isnull", False),
                    ("thanks_held_at", None),
                ),
                fields=["thanks_at"],
                name="crm_booking_unthanked",
            ),
        ),
    ]
