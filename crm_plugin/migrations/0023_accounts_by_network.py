from django.db import migrations

from crm_plugin import normalise


def compare_by_network(apps, schema_editor):
    """SNS ids are compared as ``network:handle`` now; a twin on one contact stays."""
    points = apps.get_model("crm_plugin", "ContactPoint").objects.filter(kind="sns")
    taken = set(points.values_list("contact_id", "value_norm"))
    changed = []
    for point in points.iterator():
        norm = normalise.account(point.value)[:320]
        if (point.contact_id, norm) not in taken:
            taken.add((point.contact_id, norm))
            point.value_norm = norm
            changed.append(point)
    points.bulk_update(changed, ["value_norm"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0022_scores")]

    operations = [migrations.RunPython(compare_by_network, migrations.RunPython.noop)]
