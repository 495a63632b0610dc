"""What a contact asked for: pause, frequency, channel; and the link to say so."""

import datetime as dt
from typing import Any

from django.db import transaction

from crm_plugin import signing
from crm_plugin.conf import setting
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, ContactPoint

from .models import Consent, Preference, Topic

PURPOSE = "preferences"


def link_token(point: ContactPoint) -> str:
    """The token of the page on which the owner of *point* chooses what to get."""
    return signing.make(PURPOSE, point.contact.public_id, p=point.pk)


def point_of(token: str, *, fresh: bool = True) -> ContactPoint | None:
    """The point that *token* was made for; None when it is gone.

    Raises ``signing.BadToken``, and ``signing.ExpiredToken`` for a link older than
    ``CRM_VERIFIED_DAYS`` when it has to be *fresh*.
    """
    days = dt.timedelta(days=setting("CRM_VERIFIED_DAYS"))
    payload = signing.read(PURPOSE, token, max_age=days if fresh else None)
    rows = ContactPoint.objects.select_related("contact").filter(
        contact__archived_at=None
    )
    known_as = payload.get("p") or 0
    point = rows.filter(pk=known_as).first()
    if point is None:
        # Merging joined it with an equal point of the other record.
        point = rows.filter(aliases__old_id=known_as).first()
    if point is None or str(point.contact.public_id) == payload["id"]:
        return point
    # The contact was merged into another one: its old id still leads there.
    aliases = point.contact.aliases.filter(old_public_id=payload["id"])
    return point if aliases.exists() else None


def masked(address: str) -> str:
    """*address* as far as its owner needs it: ``h…@mail.example``."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}…{at}{domain}"


def standing(point: ContactPoint) -> list[tuple[Topic, str]]:
    """Every active topic, with this address's state of consent or ""."""
    states = dict(Consent.objects.filter(point=point).values_list("topic_id", "state"))
    topics = Topic.objects.filter(active=True)
    return [(topic, states.get(topic.pk, "")) for topic in topics]


def choose(
    contact: Contact,
    *,
    frequency: str | None = None,
    paused_until: dt.date | None = None,
    channel: str | None = None,
    set_by: str = "contact",
) -> Preference:
    """Keep what the contact asked for; ``None`` leaves frequency or channel alone."""
    values: dict[str, Any] = {"paused_until": paused_until, "set_by": set_by}
    if frequency is not None:
        values["frequency"] = frequency
    if channel is not None:
        values["channel"] = channel
    with transaction.atomic():
        preference, _created = Preference.objects.update_or_create(
            contact=contact, defaults=values
        )
        changes.note([contact.pk], "consents")
    return preference
