"""Out of every list, and back again: nothing of an archived record is deleted.

The verbs are for one contact or one organisation; for many contacts see ``bulk``.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm_plugin import journal

from . import changes
from .models import Affiliation, Contact, Organisation


def archive(row: Contact | Organisation, *, by: Any) -> bool:
    """Take *row* out of lists, segments, mailings and look-ups; False: it is out."""
    return _set(row, timezone.now(), by)


def bring_back(row: Contact | Organisation, *, by: Any) -> bool:
    """Undo ``archive``, whenever it was; False: it is back already."""
    return _set(row, None, by)


def _set(row: Contact | Organisation, at: dt.datetime | None, by: Any) -> bool:
    with transaction.atomic():
        now = type(row)._default_manager.select_for_update().get(pk=row.pk)
        if bool(now.archived_at) == bool(at):
            return False
        journal.edit(now, {"archived_at": at}, by=by)
        changes.note(_about(now), "fields")
    row.archived_at, row.version = now.archived_at, now.version
    return True


def _about(row: Contact | Organisation) -> set[int]:
    """The contacts whose segments it may change."""
    if isinstance(row, Contact):
        return {row.pk}
    people = Affiliation.objects.filter(organisation=row)
    return set(people.values_list("contact_id", flat=True))
