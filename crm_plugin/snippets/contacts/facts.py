"""What the record shows of one contact: a fixed number of queries, by right."""

import datetime as dt
from typing import Any

from django.utils import timezone

from crm_plugin import signing
from crm_plugin.bookings.models import Booking
from crm_plugin.consents.models import Consent, Preference, Suppression
from crm_plugin.contacts import values
from crm_plugin.contacts.models import (
    Affiliation,
    AttributeDefinition,
    Contact,
    FirstTouch,
)
from crm_plugin.lifecycle import stages
from crm_plugin.sales.models import Deal, Plan, PlanPeriod
from crm_plugin.segments.models import SegmentMembership
from crm_plugin.snippets import years
from crm_plugin.snippets.claim_groups import waiting_for
from crm_plugin.snippets.follow_ups_list import steps_at_hand
from crm_plugin.touchpoints import quotes
from crm_plugin.touchpoints.models import ContactFrequency, Inquiry
from crm_plugin.touchpoints.sources import channel_words

from . import may_be, relation, scores

PLANS = 3
SEGMENTS = 20
Pairs = list[tuple[AttributeDefinition, str]]


def gather(contact: Contact, user: Any) -> dict[str, Any]:
    """Everything beside the history, for the record's template."""
    points = list(contact.points.order_by("-preferred", "id"))
    touch = FirstTouch.objects.filter(pk=contact.pk).first()
    waiting = waiting_for(contact, user)
    return {
        "points": points,
        "affiliations": affiliations(contact, user),
        **attributes(contact, user),
        "first_touch": touch,
        "first_channel": channel(touch),
        "introduced": list(
            Contact.objects.visible_to(user).filter(introduced_by=contact)[:5]
        ),
        "stage": stages.current([contact.pk]).get(contact.pk),
        **relation.gather(contact, user),
        "consents": consents(contact, user),
        "several_addresses": sum(point.kind == "email" for point in points) > 1,
        "stopped": stopped(points, user),
        "preference": preference(contact, user),
        **segments(contact, user),
        "scores": scores.of(contact, user),
        "plan": plan(contact, user),
        **now_and_next(contact, user),
        "submissions": waiting,
        "claims_count": sum(len(group["claims"]) for group in waiting),
        "may_be": may_be.told(contact, user),
    }


def on_the_line(contact: Contact, user: Any) -> dict[str, Any]:
    """What one must know while the person is on the telephone."""
    frequency = ContactFrequency.objects.filter(pk=contact.pk).first()
    return {
        **now_and_next(contact, user),
        "stage": stages.current([contact.pk]).get(contact.pk),
        "last_touch_on": relation.last_touch(frequency),
        "quotes": quotes.latest(contact.pk, user=user),
    }


def now_and_next(contact: Contact, user: Any) -> dict[str, Any]:
    """What is open with them: inquiries, next steps, bookings, deals."""
    steps = steps_at_hand([contact.pk], user)
    return {
        "inquiries": list(
            Inquiry.objects.visible_to(user)
            .open()
            .filter(contact=contact)
            .select_related("owner")
            .order_by("due_at")[:5]
        ),
        "follow_ups": [step for step in steps if not step.done_at],
        "done": [step for step in steps if step.done_at],
        "bookings": list(
            Booking.objects.visible_to(user)
            .filter(contact=contact, starts_at__gte=timezone.now(), cancelled_at=None)
            .select_related("service")
            .order_by("starts_at")[:3]
        ),
        "deals": list(
            Deal.objects.visible_to(user)
            .open()
            .of_contact(contact.pk)
            .select_related("stage")
            .order_by("expected_on", "id")[:3]
        ),
        "today": timezone.localdate(),
    }


def attributes(contact: Contact, user: Any) -> dict[str, Any]:
    """What is known in single values, under headings, and year by year where a site
    asks for that."""
    known = values.read([contact.pk], user=user).get(contact.pk, [])
    rows = AttributeDefinition.objects.active().readable_by(user)
    asks = rows.describing("contact").filter(dated=True).exists()
    return {
        "groups": grouped(known),
        "asks_yearly": asks,
        "yearly": years.table(contact.pk, noun="contact", user=user) if asks else None,
    }


def grouped(shown: Pairs) -> list[tuple[str, Pairs]]:
    """Attributes under the headings of their definitions, those without one first;
    dated ones have a table."""
    groups: dict[str, Pairs] = {"": []}
    for definition, text in shown:
        if not definition.dated:
            groups.setdefault(definition.group, []).append((definition, text))
    return [(heading, pairs) for heading, pairs in groups.items() if pairs]


def channel(touch: FirstTouch | None) -> str:
    """Where they came from, in words."""
    return channel_words(touch.channel) if touch else ""


def affiliations(contact: Contact, user: Any) -> list[Affiliation]:
    """Where they belong now, then where they did, the last one first."""
    rows = Affiliation.objects.visible_to(user).filter(contact=contact)
    rows = rows.select_related("contact", "organisation", "department")
    return sorted(rows, key=_newest_first)


def _newest_first(place: Affiliation) -> tuple:
    day = place.ended_on if place.ended else place.started_on
    return place.ended, -(day.toordinal() if day else 0), -place.pk


def consents(contact: Contact, user: Any) -> list[Consent]:
    if not user.has_perm("crm_plugin.view_consent"):
        return []
    rows = Consent.objects.filter(point__contact=contact)
    return list(rows.select_related("topic", "point").order_by("topic__order", "id"))


def stopped(points: list, user: Any) -> list[Suppression]:
    """Hard stops on any of these addresses."""
    if not user.has_perm("crm_plugin.view_consent"):
        return []
    hashes = [h for p in points for h in signing.address_hashes(p.kind, p.value_norm)]
    return list(Suppression.objects.filter(address_hash__in=hashes).order_by("id"))


def preference(contact: Contact, user: Any) -> Preference | None:
    if not user.has_perm("crm_plugin.view_preference"):
        return None
    return Preference.objects.filter(pk=contact.pk).first()


def plan(contact: Contact, user: Any) -> dict[str, Any]:
    """The newest stays; nothing of it is shown where a site has no plans."""
    if not user.has_perm("crm_plugin.view_planperiod"):
        return {"shown": False}
    rows = PlanPeriod.objects.filter(contact=contact)
    rows = rows.select_related("plan", "came_from").order_by("-started_on", "-id")
    stays = list(rows[:PLANS])
    return {"stays": stays, "shown": bool(stays) or Plan.objects.exists()}


def segments(contact: Contact, user: Any) -> dict[str, Any]:
    """The first current stays, and how many more there are; a segment about something
    sensitive needs the right."""
    if not user.has_perm("crm_plugin.view_segment"):
        return {}
    rows = SegmentMembership.objects.filter(contact=contact, left_at=None)
    if not user.has_perm("crm_plugin.view_sensitive"):
        rows = rows.filter(segment__reads_sensitive=False)
    rows = rows.filter(segment__active=True).select_related("segment")
    stays = list(rows.order_by("segment__name")[:SEGMENTS])
    more = rows.count() - SEGMENTS if len(stays) == SEGMENTS else 0
    return {"segments": stays, "segments_more": more}


def age(born: dt.date | None) -> int | None:
    if born is None:
        return None
    today = timezone.localdate()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
