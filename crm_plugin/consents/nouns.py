"""How somebody prefers to be contacted, as a field that forms and imports can map."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm_plugin import journal
from crm_plugin.contacts.fields import Field, Noun, Values, register

from .models import Preference

CHANNEL = "preference.channel"


def fields(user: Any) -> list[Field]:
    channels = tuple(Preference.Channel.choices)
    return [Field(CHANNEL, _("preferred channel"), "choice", choices=channels)]


def read(contact_ids: Iterable[int], names: Iterable[str]) -> Values:
    rows = Preference.objects.filter(contact_id__in=list(contact_ids))
    return {row.contact_id: {CHANNEL: row.channel or None} for row in rows}


def write(wanted: Values) -> list[journal.Entry]:
    """Set the channels that differ: one read, one update, one insert."""
    known = Preference.objects.in_bulk(list(wanted))
    entries: list[journal.Entry] = []
    changed, new = [], []
    for contact_id, said in wanted.items():
        channel = said[CHANNEL] or ""
        row = known.get(contact_id)
        if row is None:
            new.append(Preference(contact_id=contact_id, channel=channel))
        elif row.channel != channel:
            entries.append(("preference", row.pk, "channel", row.channel, channel))
            row.channel = channel
            changed.append(row)
    Preference.objects.bulk_update(changed, ["channel"], batch_size=500)
    return entries + _insert(new)


def give(wanted: Values) -> list[journal.Entry]:
    """The same for contacts that have said nothing yet: one insert."""
    return _insert(
        Preference(contact_id=pk, channel=said[CHANNEL] or "")
        for pk, said in wanted.items()
    )


def _insert(rows: Iterable[Preference]) -> list[journal.Entry]:
    made = Preference.objects.bulk_create(rows, batch_size=2_000)
    return [("preference", row.pk, "", None, journal.whole(row)) for row in made]


register("preference", Noun(fields, read, write, "consents", give=give))
