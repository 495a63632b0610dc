"""One person edits one contact: everything of the form in one guarded save."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm_plugin import journal

from . import points, records
from .models import Contact

UNCHANGED: Any = object()


def save(
    contact: Contact,
    values: dict[str, Any],
    *,
    reach: list[dict[str, Any]] | None = None,
    owner: Any = UNCHANGED,
    version: int,
    by: Any,
) -> journal.Operation | None:
    """Save what differs from the record as *by* saw it; None when nothing does.

    ``values`` by field name, ``reach`` all its contact points as they should stand
    (see ``points.replace``). *version* is what the form was opened with: raises
    ``journal.Stale`` when somebody saved since, and writes nothing.
    """
    cleaned = records.clean(values, by=by)
    touched = records.aspects(cleaned) | ({"points"} if reach is not None else set())
    with transaction.atomic():
        now = Contact.objects.select_for_update().get(pk=contact.pk)
        if now.version != version:
            raise journal.Stale
        entries = records.write({contact.pk: cleaned})
        if reach is not None:
            entries += points.replace(contact.pk, reach)
        if owner is not UNCHANGED and now.owner != owner:
            entries.append(("contact", contact.pk, "owner_id", now.owner_id, owner))
            Contact.objects.filter(pk=contact.pk).update(owner=owner)
        if not entries:
            return None
        Contact.objects.filter(pk=contact.pk, version=version).update(
            version=F("version") + 1, updated_at=timezone.now()
        )
        operation = journal.record("edit", entries, by=by, summary=str(now))
        records.finish([contact.pk], touched)
    contact.refresh_from_db()
    return operation
