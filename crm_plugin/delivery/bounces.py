"""An address that does not exist: stop writing to it, and show why on the record."""

from django.db import transaction
from django.utils import timezone

from crm_plugin.consents import ledger
from crm_plugin.consents.models import Suppression
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import ContactPoint

from .models import Delivery, Response


def bounced(delivery: Delivery) -> None:
    """The server refused this delivery's address for good; on every record of it."""
    now = timezone.now()
    points = ContactPoint.objects.filter(
        kind=delivery.channel, value_norm=delivery.address_norm
    )
    with transaction.atomic():
        ledger.suppress(
            delivery.channel,
            delivery.address_norm,
            reason=Suppression.Reason.BOUNCED,
        )
        points.filter(undeliverable_at=None).update(undeliverable_at=now)
        Response.objects.bulk_create(
            [
                Response(
                    delivery=delivery,
                    kind=Response.Kind.BOUNCE,
                    at=now,
                    key=f"bounce:{delivery.public_id}",
                )
            ],
            ignore_conflicts=True,
        )
        changes.note(points.values_list("contact_id", flat=True), "points")
