"""What a contact asked for: pause, frequency, channel; and the link to say so."""

import datetime as dt
from typing import Any

from django.db import transaction

from crm_plugin import signing
from crm_plugin.contacts import changes
from crm_plugin.contacts.models import Contact, ContactPoint

from .models import Consent, Preference, Topic

PURPOSE = "preferences"


def link_token(point: ContactPoint) -> str:
    """The token of the page on which the owner of *point* chooses what to get."""
    return signing.make(PURPOSE, point.contact.public_id, p=point.pk)


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
