import datetime as dt

from django.db import migrations, models
from django.utils import timezone


def count_anew(apps, schema_editor):
    """Mark the summaries whose year must be counted; the worker does it in slices."""
    since = timezone.localdate() - dt.timedelta(days=366)
    sales = apps.get_model("crm_plugin", "ContactSales").objects
    sales.filter(last_on__gte=since).update(counted_on=dt.date(2000, 1, 1))


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0019_keep_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactsales",
            name="count_365",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                condition=models.Q(("kind", "postal")),
                fields=["postal_code", "contact"],
                name="crm_point_postcode_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="contactsales",
            index=models.Index(
                condition=models.Q(("count_365__gt", 0)),
                fields=["count_365", "contact"],
                name="crm_sales_times",
            ),
        ),
        migrations.AddIndex(
            model_name="contactsales",
            index=models.Index(fields=["last_on", "contact"], name="crm_sales_last"),
        ),
        migrations.AddIndex(
            model_name="contactsales",
            index=models.Index(fields=["first_on", "contact"], name="crm_sales_first"),
        ),
        migrations.AddIndex(
            model_name="contactuses",
            index=models.Index(
                condition=models.Q(("usual_gap_days__isnull", False)),
                fields=["usual_gap_days", "contact"],
                name="crm_uses_gap",
            ),
        ),
        migrations.AddIndex(
            model_name="contactvalue",
            index=models.Index(
                fields=["definition", "updated_at", "owner"],
                name="crm_contactvalue_upd",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("mailing__isnull", False), ("state", "sent")),
                fields=["contact", "sent_at", "state", "mailing"],
                name="crm_delivery_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="departmentvalue",
            index=models.Index(
                fields=["definition", "updated_at", "owner"],
                name="crm_departmentvalue_upd",
            ),
        ),
        migrations.AddIndex(
            model_name="firsttouch",
            index=models.Index(fields=["at", "contact"], name="crm_first_at"),
        ),
        migrations.AddIndex(
            model_name="organisationvalue",
            index=models.Index(
                fields=["definition", "updated_at", "owner"],
                name="crm_organisationvalue_upd",
            ),
        ),
        migrations.AddIndex(
            model_name="touchpoint",
            index=models.Index(
                condition=models.Q(("phase", ""), _negated=True),
                fields=["phase", "at", "contact"],
                name="crm_touch_phase_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="touchpoint",
            index=models.Index(
                condition=models.Q(("tags", ""), _negated=True),
                fields=["at", "contact"],
                name="crm_touch_tags_idx",
            ),
        ),
        migrations.RunPython(count_anew, migrations.RunPython.noop, elidable=True),
    ]
