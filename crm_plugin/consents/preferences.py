"""What a contact asked for: frequency, pause, channel, language; the link to say so.

Each change is a line of the ledger of consents, with what it was before.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal, signing
from crm_plugin.conf import setting
from crm_plugin.contacts import changes, points, records
from crm_plugin.contacts.models import Contact, ContactPoint

from .models import Consent, ConsentEvent, Preference, Topic
from .subjects import subjects_for

PURPOSE = "preferences"
LANGUAGE = "language"
WISHES = ("frequency", "paused_until", "channel")


def link_token(point: ContactPoint) -> str:
    """The token of the page on which the owner of *point* chooses what to get."""
    said = {"p": point.pk, "h": points.mark(point)}
    return signing.make(PURPOSE, point.contact.public_id, **said)


def point_of(token: str, *, fresh: bool = True) -> ContactPoint | None:
    """The point that *token* was made for; None when it is gone or was corrected.

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
    if point is None:
        return None
    # Links that were mailed before there were marks bear none; they run out.
    if "h" in payload and not points.bears(point, payload["h"]):
        return None
    if str(point.contact.public_id) == payload["id"]:
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


def current(contact: Contact) -> Preference:
    """How *contact* wants to hear from us; unsaved defaults before they said so."""
    known = Preference.objects.filter(contact=contact).first()
    return known or Preference(contact=contact)


def choose(
    contact: Contact,
    *,
    point: ContactPoint | None = None,
    source: str = "preferences",
    by: Any = None,
    basis: str = "",
    **wanted: Any,
) -> dict[str, list]:
    """Keep what the contact asked for; ``{name: [old, new]}`` of what that changes.

    *wanted* may hold ``frequency``, ``paused_until`` (a day or None), ``channel`` and
    ``language``; what is left out stays. *point* is the address whose owner said so;
    staff who write it down for the person are *by*, on a *basis* in words.
    """
    with transaction.atomic():
        rows = Preference.objects.select_for_update()
        row = rows.filter(contact=contact).first() or Preference(contact=contact)
        changed = {
            name: [journal.plain(getattr(row, name)), journal.plain(wanted[name])]
            for name in WISHES
            if name in wanted and getattr(row, name) != wanted[name]
        }
        for name in changed:
            setattr(row, name, wanted[name])
        if changed:
            row.set_by = Preference.BY_STAFF if by else Preference.BY_CONTACT
            row.save()
        changed |= _speak(contact, wanted.get(LANGUAGE, contact.language), by=by)
        if changed:
            _tell(contact, changed, point=point, source=source, by=by, basis=basis)
            changes.note([contact.pk], "consents")
    return changed


def _speak(contact: Contact, language: str, *, by: Any) -> dict[str, list]:
    """The language stands on the record itself, and in its journal."""
    before = contact.language
    if language == before:
        return {}
    values = {"contact.language": language}
    records.apply_values(contact, values, by=by, kind="preferences")
    return {LANGUAGE: [before, language]}


def _tell(
    contact: Contact,
    changed: dict[str, list],
    *,
    point: ContactPoint | None,
    source: str,
    by: Any,
    basis: str,
) -> None:
    """One line of the ledger; it speaks of no topic and moves no consent."""
    digest = signing.address_hash(point.kind, point.value_norm) if point else ""
    ConsentEvent.objects.create(
        subject=subjects_for([contact.pk])[contact.pk],
        address_hash=digest,
        channel=point.kind if point else "",
        action=ConsentEvent.Action.PREFER,
        basis=basis,
        source=source,
        actor=f"user {by.pk}" if by is not None and by.pk else "",
        evidence=changed,
        at=timezone.now(),
    )
