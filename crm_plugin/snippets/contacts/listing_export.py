"""What the file of the list says beside the fields: what others keep of a contact.

Each is read once for a slice of contacts, and only for those who may see it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts.models import Contact, FirstTouch
from crm_plugin.lifecycle import stages
from crm_plugin.touchpoints.models import ContactFrequency
from crm_plugin.touchpoints.sources import channel_words

from .relation import last_touch

Cells = dict[int, Any]


class Beside(NamedTuple):
    """A column: its heading, and its cells by the id of the contact."""

    heading: Any
    read: Callable[[Sequence[Contact], Any], Cells]
    needs: str = ""


def columns(user: Any) -> list[Beside]:
    """Those of which *user* may read."""
    return [
        column
        for column in COLUMNS
        if not column.needs or user.has_perm(f"crm_plugin.{column.needs}")
    ]


def _stage(contacts: Sequence[Contact], user: Any) -> Cells:
    found = stages.current([contact.pk for contact in contacts])
    return {pk: str(stage.label) for pk, stage in found.items()}


def _last_touch(contacts: Sequence[Contact], user: Any) -> Cells:
    ids = [contact.pk for contact in contacts]
    rows = ContactFrequency.objects.filter(pk__in=ids)
    return {row.pk: last_touch(row) for row in rows}


def _owner(contacts: Sequence[Contact], user: Any) -> Cells:
    wanted = {contact.owner_id for contact in contacts if contact.owner_id}
    found = get_user_model()._default_manager.in_bulk(wanted) if wanted else {}
    return {
        contact.pk: normalise.staff(found.get(contact.owner_id)) for contact in contacts
    }


def _source(contacts: Sequence[Contact], user: Any) -> Cells:
    rows = FirstTouch.objects.filter(pk__in=[contact.pk for contact in contacts])
    return {
        row.pk: " · ".join(
            filter(None, (channel_words(row.channel), row.source, row.campaign))
        )
        for row in rows
    }


def _introducer(contacts: Sequence[Contact], user: Any) -> Cells:
    wanted = {row.introduced_by_id for row in contacts if row.introduced_by_id}
    if not wanted:
        return {}
    found = Contact.objects.visible_to(user).current().in_bulk(wanted)
    return {
        row.pk: str(found[row.introduced_by_id])
        for row in contacts
        if row.introduced_by_id in found
    }


COLUMNS = [
    Beside(gettext_lazy("Stage"), _stage),
    Beside(gettext_lazy("Last touch"), _last_touch, "view_touchpoint"),
    Beside(gettext_lazy("Owner"), _owner),
    Beside(gettext_lazy("Source"), _source),
    Beside(pgettext_lazy("person", "introducer"), _introducer),
]
