"""Who she is, at a glance, beside her inquiry: a fixed number of queries."""

from typing import Any

from django.utils import timezone

from crm_plugin.bookings.models import Booking
from crm_plugin.contacts import values
from crm_plugin.contacts.models import ContactPoint
from crm_plugin.intake.models import Claim
from crm_plugin.lifecycle.models import ContactUses, StagePeriod, Use
from crm_plugin.touchpoints import quotes
from crm_plugin.touchpoints.models import FollowUp, Inquiry

from .claim_groups import answerable, shown

USES = 3


def about(inquiry: Inquiry, user: Any) -> dict[str, Any]:
    """What the answer screen shows of the contact, within the user's rights."""
    contact = inquiry.contact
    period = StagePeriod.objects.filter(contact=contact, ended_on=None).first()
    return {
        "contact": contact,
        "stage": period.get_stage_display() if period else "",
        "uses": Use.objects.filter(contact=contact).order_by("-on")[:USES],
        "use_count": _use_count(contact.pk),
        "points": ContactPoint.objects.filter(contact=contact).order_by(
            "-preferred", "kind", "id"
        ),
        "attributes": values.read([contact.pk], user=user).get(contact.pk, []),
        "quotes": quotes.latest(contact.pk, user=user, without=inquiry.touchpoint_id),
        "booking": _next_booking(contact.pk, user),
        "steps": FollowUp.objects.visible_to(user)
        .open()
        .filter(contact=contact)
        .order_by("due_on"),
        "claims": _claims(inquiry, user),
    }


def _use_count(contact_id: int) -> int:
    counts = ContactUses.objects.filter(contact_id=contact_id)
    return counts.values_list("count", flat=True).first() or 0


def _next_booking(contact_id: int, user: Any) -> Booking | None:
    rows = Booking.objects.visible_to(user).filter(
        contact_id=contact_id,
        came_at=None,
        cancelled_at=None,
        starts_at__gte=timezone.now(),
    )
    return rows.select_related("service").order_by("starts_at").first()


def _claims(inquiry: Inquiry, user: Any) -> list[Claim]:
    rows = answerable(user).filter(contact=inquiry.contact, state=Claim.State.WAITING)
    return shown(rows, user)
