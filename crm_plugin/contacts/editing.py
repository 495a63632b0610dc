"""One person edits one contact: everything of the form in one guarded save."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin import journal

from . import points, records
from .models import Contact, ContactPoint

UNCHANGED: Any = object()


def state(contact: Contact, names: Iterable[str]) -> str:
    """A digest of what the fields called *names*, points and owner say now.

    A form that was opened keeps it: whatever changed since by a form of a visitor, a
    sheet or a merge changes it, also where the contact's own columns stay as they were.
    """
    held = records.read([contact.pk], names).get(contact.pk, {})
    rows = ContactPoint.objects.filter(contact=contact).order_by("id")
    owner = Contact.objects.filter(pk=contact.pk).values_list("owner_id", flat=True)
    said = [
        {name: journal.plain(value) for name, value in held.items() if value},
        list(rows.values_list("kind", "value", "preferred")),
        owner.first(),
    ]
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def save(
    contact: Contact,
    values: dict[str, Any],
    *,
    reach: list[dict[str, Any]] | None = None,
    owner: Any = UNCHANGED,
    version: int,
    seen: str = "",
    by: Any,
) -> journal.Operation | None:
    """Save what differs from the record as *by* saw it; None when nothing does.

    ``values`` by field name, ``reach`` all its contact points as they should stand
    (see ``points.replace``). *version* and *seen* (see ``state``) are what the form was
    opened with: raises ``journal.Stale`` when anything of it changed since, and writes
    nothing.
    """
    cleaned = records.clean(values, by=by)
    touched = records.aspects(cleaned) | ({"points"} if reach is not None else set())
    with transaction.atomic():
        now = Contact.objects.select_for_update().get(pk=contact.pk)
        if now.version != version or (seen and seen != state(contact, cleaned)):
            raise journal.Stale
        entries = records.write({contact.pk: cleaned})
        if reach is not None:
            entries += points.replace(contact.pk, reach)
        if owner is not UNCHANGED and now.owner != owner:
            entries.append(("contact", contact.pk, "owner_id", now.owner_id, owner))
            Contact.objects.filter(pk=contact.pk).update(owner=owner)
            touched |= {"fields"}
        if not entries:
            return None
        Contact.objects.filter(pk=contact.pk, version=version).update(
            version=F("version") + 1, updated_at=timezone.now()
        )
        operation = journal.record("edit", entries, by=by, summary=str(now))
        records.finish([contact.pk], touched)
    contact.refresh_from_db()
    return operation
