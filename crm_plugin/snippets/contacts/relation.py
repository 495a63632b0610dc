"""How the relation stands: contact days, uses, sales, and their own words."""

import datetime as dt
from typing import Any

from django.utils import timezone

from crm_plugin.contacts.models import Contact
from crm_plugin.lifecycle import ltv
from crm_plugin.lifecycle.models import ContactUses
from crm_plugin.lifecycle.rhythm import late_days
from crm_plugin.sales.models import ContactSales
from crm_plugin.touchpoints import by_channel, quotes, ratings
from crm_plugin.touchpoints.models import ContactFrequency


def gather(contact: Contact, user: Any) -> dict[str, Any]:
    """Summaries, ratings and quotes for the record and the call page: six queries."""
    uses = ContactUses.objects.filter(pk=contact.pk).first()
    sold = sales(contact, user)
    frequency = ContactFrequency.objects.filter(pk=contact.pk).first()
    return {
        "uses": uses,
        "late_days": late_days(uses),
        "frequency": frequency,
        "channels_used": by_channel.of(contact.pk),
        "last_touch_on": last_touch(frequency, uses),
        "trend": trend(frequency),
        "sales": sold,
        "ltv": ltv.simple(uses, sold),
        "ratings": list(ratings.latest(contact.pk, user=user)[:3]),
        "quotes": quotes.latest(contact.pk, user=user),
    }


def last_touch(
    frequency: ContactFrequency | None, uses: ContactUses | None
) -> dt.date | None:
    """The later of the last word between us and the last use."""
    zone = timezone.get_default_timezone()
    spoken = frequency.last_at if frequency else None
    days = [
        timezone.localtime(spoken, zone).date() if spoken else None,
        uses.last_on if uses else None,
    ]
    return max((day for day in days if day), default=None)


def sales(contact: Contact, user: Any) -> ContactSales | None:
    if not user.has_perm("crm_plugin.view_purchase"):
        return None
    rows = ContactSales.objects.filter(pk=contact.pk)
    return rows.select_related("first_category").first()


def trend(frequency: ContactFrequency | None) -> str:
    """up, down, halved or even: the last 90 days against the 90 before; "" if none."""
    now, before = (frequency.days_90, frequency.before_90) if frequency else (0, 0)
    if not now and not before:
        return ""
    if now == before:
        return "even"
    if now > before:
        return "up"
    return "halved" if now * 2 <= before else "down"
