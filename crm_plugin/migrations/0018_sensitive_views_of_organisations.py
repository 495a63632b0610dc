"""Sensitive values of organisations, and those that a form claims, are noted, too."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0017_members_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sensitiveview",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sensitive_views",
                to="crm_plugin.organisation",
                verbose_name="organisation",
            ),
        ),
        migrations.AlterField(
            model_name="sensitiveview",
            name="contact",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sensitive_views",
                to="crm_plugin.contact",
                verbose_name="contact",
            ),
        ),
        migrations.AlterField(
            model_name="sensitiveview",
            name="screen",
            field=models.CharField(
                choices=[
                    ("record", "record"),
                    ("form", "form"),
                    ("export", "export"),
                    ("merge", "merge"),
                    ("why", "segments, and why"),
                    ("claim", "what a form said"),
                ],
                max_length=8,
                verbose_name="screen",
            ),
        ),
        migrations.AddConstraint(
            model_name="sensitiveview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contact", None), ("organisation__isnull", False)),
                    models.Q(("contact__isnull", False), ("organisation", None)),
                    _connector="OR",
                ),
                name="crm_sensitiveview_one_record",
            ),
        ),
    ]
