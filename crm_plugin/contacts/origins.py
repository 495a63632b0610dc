"""How somebody came to us: the first recorded source, and what they say themselves.

The source is set once, by the first form or by staff; later forms leave it alone, and
only a person corrects it.
"""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin import journal

from . import changes
from .models import Contact, FirstTouch

TOUCH = ("channel", "source", "medium", "campaign", "referrer")
HEARD = ("heard_from", "heard_from_note", "introduced_by")


class Circle(Exception):
    """Nobody is introduced by themselves, or by whom they introduced."""


def correct(
    contact: Contact,
    *,
    touch: dict[str, str],
    heard: dict[str, Any],
    version: int,
    by: Any,
) -> journal.Operation | None:
    """Write what differs of source (*touch*) and answer (*heard*); None if nothing.

    *version* is the contact's as the form was opened with: raises ``journal.Stale``
    when somebody saved since, ``Circle`` for an introducer who cannot be one.
    """
    with transaction.atomic():
        now = Contact.objects.select_for_update().get(pk=contact.pk)
        if now.version != version:
            raise journal.Stale
        before, introducer = now.introduced_by_id, heard.get("introduced_by")
        refuse_circles(now, introducer)
        entries = _source(now, touch) + _answer(now, heard)
        if not entries:
            return None
        Contact.objects.filter(pk=now.pk).update(
            version=F("version") + 1, updated_at=timezone.now()
        )
        operation = journal.record("edit", entries, by=by, summary=str(now))
        # How many an introducer brought is something about the introducer.
        concerned = (now.pk, before, introducer.pk if introducer else None)
        changes.note({pk for pk in concerned if pk}, "fields")
    contact.refresh_from_db()
    return operation


def refuse_circles(contact: Contact, introducer: Contact | None) -> None:
    seen = {contact.pk}
    while introducer is not None:
        if introducer.pk in seen:
            raise Circle
        seen.add(introducer.pk)
        introducer = introducer.introduced_by


def _source(contact: Contact, touch: dict[str, str]) -> list[journal.Entry]:
    row = FirstTouch.objects.filter(pk=contact.pk).first()
    if row is None:
        if not touch.get("channel"):
            return []
        row = FirstTouch.objects.create(contact=contact, at=contact.created_at, **touch)
        told = journal.whole(row)
        return [("firsttouch", contact.pk, "", None, told)]
    changed = {name: new for name, new in touch.items() if getattr(row, name) != new}
    entries: list[journal.Entry] = [
        ("firsttouch", contact.pk, name, getattr(row, name), new)
        for name, new in changed.items()
    ]
    if changed:
        FirstTouch.objects.filter(pk=row.pk).update(**changed)
    return entries


def _answer(contact: Contact, heard: dict[str, Any]) -> list[journal.Entry]:
    changed = {k: new for k, new in heard.items() if getattr(contact, k) != new}
    if changed:
        Contact.objects.filter(pk=contact.pk).update(**changed)
    return [
        ("contact", contact.pk, name, getattr(contact, name), new)
        for name, new in changed.items()
    ]
