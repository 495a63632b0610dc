"""What uses tell of contacts, for the data map."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm_plugin.contacts.data_map import Area, Counted, Room, Thing
from crm_plugin.contacts.models import Contact

from .models import ContactUses

USED, RHYTHM = "uses.any", "uses.rhythm"
LABELS = {USED: _("uses"), RHYTHM: _("rhythm of uses")}
SAID = {USED: Q(count__gt=0), RHYTHM: Q(usual_gap_days__isnull=False)}


def things(user: Any) -> list[Thing]:
    return [Thing(name, label, Area.CONTINUED) for name, label in LABELS.items()]


def known(contact: Contact, user: Any) -> set[str]:
    """Two queries."""
    return {name for name, rows in _rows().items() if rows.filter(pk=contact.pk)}


def count() -> Iterator[Counted]:
    """Of contacts that are neither archived nor erased; a query for each."""
    for name, rows in _rows().items():
        yield Counted(name, rows.filter(contact__archived_at=None).count())


def _rows() -> dict[str, QuerySet[ContactUses]]:
    return {name: ContactUses.objects.filter(said) for name, said in SAID.items()}


ROOM = Room(things, known, count)
