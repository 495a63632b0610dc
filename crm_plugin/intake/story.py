"""Consents in the history of a contact: asked for, confirmed, withdrawn."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from crm_plugin.consents import behaviour, words
from crm_plugin.consents.models import ConsentEvent, ConsentSubject, Topic
from crm_plugin.touchpoints.history import Entry, source

ICONS = {"confirm": "check", "grant": "check", "withdraw": "cross", "object": "cross"}
ICONS["prefer"] = "cog"


@source("consents", kinds=("consent",), phases=False)
def consents(
    contact_id: int, *, before: dt.datetime | None, limit: int, user: Any
) -> list[Entry]:
    """The contact's lines of the ledger; it may have come by several subjects."""
    if not user.has_perm("crm_plugin.view_consent"):
        return []
    subjects = ConsentSubject.objects.filter(contact_id=contact_id).values("subject")
    rows = ConsentEvent.objects.filter(subject__in=subjects)
    if before:
        rows = rows.filter(at__lt=before)
    events = list(rows.order_by("-at", "-id")[:limit])
    names = {topic.key: str(topic) for topic in _topics(events)}
    return [
        Entry(
            at=event.at,
            kind="consent",
            icon=ICONS.get(event.action, "mail"),
            title=_title(event, names),
            channel=event.channel,
            direction="" if event.actor or event.action == "attest" else "in",
            key=f"consent:{event.pk}",
            details=_details(event),
        )
        for event in events
    ]


def _topics(events: list[ConsentEvent]) -> list[Topic]:
    keys = {event.topic for event in events if event.topic}
    return list(Topic.objects.filter(key__in=keys)) if keys else []


def _details(event: ConsentEvent) -> tuple[tuple[str, str], ...]:
    """What a change of preferences changed, and on what it was written down."""
    if event.action != ConsentEvent.Action.PREFER:
        return ()
    said = str(words.SAID.get(event.basis, event.basis))
    basis = [(_("Basis"), said)] if said else []
    return (*words.wishes(event.evidence), *basis)


def _title(event: ConsentEvent, names: dict[str, str]) -> str:
    if event.action == ConsentEvent.Action.PREFER:
        return event.get_action_display().capitalize()
    if event.topic == behaviour.PURPOSE:
        topic = _("noting visits to the site")
    else:
        topic = names.get(event.topic, event.topic) or _("all marketing")
    return _("Consent to %(topic)s: %(action)s") % {
        "topic": topic,
        "action": event.get_action_display(),
    }
