"""How the relation stands: contact days, uses, sales, and their own words."""

import datetime as dt
from typing import Any

from django.utils import timezone

from crm_plugin.contacts.models import Contact
from crm_plugin.lifecycle import ltv, rhythm
from crm_plugin.lifecycle.models import ContactUses
from crm_plugin.sales.models import ContactSales
from crm_plugin.touchpoints import by_channel, quotes, ratings
from crm_plugin.touchpoints import frequency as frequency_of
from crm_plugin.touchpoints.frequency import Together
from crm_plugin.touchpoints.models import ContactFrequency


def gather(contact: Contact, user: Any) -> dict[str, Any]:
    """Summaries, ratings and quotes for the record and the call page: six queries."""
    uses = ContactUses.objects.filter(pk=contact.pk).first()
    sold = sales(contact, user)
    frequency = ContactFrequency.objects.filter(pk=contact.pk).first()
    return {
        "uses": uses,
        "uses_in_year": rhythm.uses_in_year(contact.pk) if uses else 0,
        "late_days": rhythm.late_days(uses),
        "frequency": frequency,
        "channels_used": by_channel.of(contact.pk),
        "last_touch_on": last_touch(frequency),
        "trend": trend(frequency),
        "sales": sold,
        "ltv": ltv.simple(uses, sold),
        "ratings": list(ratings.latest(contact.pk, user=user)[:3]),
        "quotes": quotes.latest(contact.pk, user=user),
    }


def of_firm(
    organisation_id: int, contact_ids: list[int], last_at: dt.datetime | None, user: Any
) -> dict[str, Any]:
    """The same of an organisation: its people taken as one, its own purchases."""
    days = frequency_of.together(contact_ids)
    uses, in_year = None, 0
    if user.has_perm("crm_plugin.view_purchase"):
        uses = rhythm.of_organisation(organisation_id)
        in_year = rhythm.uses_in_year_of_organisation(organisation_id) if uses else 0
    zone = timezone.get_default_timezone()
    return {
        "frequency": days,
        "channels_used": by_channel.of(*contact_ids),
        "trend": trend(days),
        "last_touch_on": timezone.localtime(last_at, zone).date() if last_at else None,
        "uses": uses,
        "uses_in_year": in_year,
        "late_days": rhythm.late_days(uses),
    }


def last_touch(frequency: ContactFrequency | None) -> dt.date | None:
    """The site's day of the last touch: a talk, a visit, a purchase, a click."""
    at = frequency.last_at if frequency else None
    zone = timezone.get_default_timezone()
    return timezone.localtime(at, zone).date() if at else None


def sales(contact: Contact, user: Any) -> ContactSales | None:
    if not user.has_perm("crm_plugin.view_purchase"):
        return None
    rows = ContactSales.objects.filter(pk=contact.pk)
    return rows.select_related("first_category").first()


def trend(frequency: ContactFrequency | Together | None) -> str:
    """up, down, halved or even: the last 90 days against the 90 before; "" if none."""
    now, before = (frequency.days_90, frequency.before_90) if frequency else (0, 0)
    if not now and not before:
        return ""
    if now == before:
        return "even"
    if now > before:
        return "up"
    return "halved" if now * 2 <= before else "down"
