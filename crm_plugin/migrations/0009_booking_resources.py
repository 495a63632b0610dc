"""A service's one resource becomes the first of several; bookings say where they are."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def forwards(apps, schema_editor):
    service = apps.get_model("crm_plugin", "Service")
    booking = apps.get_model("crm_plugin", "Booking")
    through = service.resources.through
    told = service.objects.exclude(resource=None).values_list("pk", "resource_id")
    # Those that stand already are there from an earlier time forwards.
    through.objects.bulk_create(
        [through(service_id=pk, resource_id=resource) for pk, resource in told],
        ignore_conflicts=True,
    )
    own = service.objects.filter(pk=OuterRef("service_id")).values("resource_id")[:1]
    booking.objects.filter(resource=None).update(resource_id=Subquery(own))


def backwards(apps, schema_editor):
    """The first of a service's resources is its one resource again."""
    service = apps.get_model("crm_plugin", "Service")
    through = service.resources.through
    rows = through.objects.filter(service_id=OuterRef("pk")).order_by("resource_id")
    service.objects.update(resource_id=Subquery(rows.values("resource_id")[:1]))


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0008_booking_plans")]

    operations = [migrations.RunPython(forwards, backwards)]
