from django.conf import settings
from django.db import migrations, models

# An attribute has its own choices, and most values of a yes or no are no: without this
# PostgreSQL thinks that a choice holds for as many fewer people as there are attributes.
STATISTICS = {
    "crm_contactvalue_choices": ("dependencies, mcv", "definition_id, choice_id"),
    "crm_contactvalue_numbers": ("dependencies, mcv", "definition_id, number"),
}


def know_together(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, (kinds, columns) in STATISTICS.items():
            schema_editor.execute(
                f"CREATE STATISTICS {name} ({kinds}) ON {columns}"
                " FROM crm_plugin_contactvalue"
            )


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in STATISTICS:
            schema_editor.execute(f"DROP STATISTICS IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0035_changes_of_one_room"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="touchpoint", name="crm_touch_human"),
        migrations.AddIndex(
            model_name="touchpoint",
            index=models.Index(
                condition=models.Q(("machine", False), ("unverified", False)),
                fields=["at", "contact", "machine", "unverified"],
                name="crm_touch_human",
            ),
        ),
        migrations.RunPython(know_together, forget),
    ]
