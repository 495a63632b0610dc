"""Organisations as a file: what the list shows, what the record says, by right."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts import access, fields, values
from crm_plugin.contacts.models import Organisation
from crm_plugin.ui.exports import SafeExportMixin, said

NOUN = "organisation"
EXPORTED = {
    "name": gettext_lazy("Name"),
    "kana": gettext_lazy("Name (kana)"),
    "phone": gettext_lazy("Phone"),
    "address": gettext_lazy("Postal address"),
    "people_count": gettext_lazy("People"),
    "net_sales": gettext_lazy("Net sales"),
    "postal_code": gettext_lazy("Postcode"),
    "website": gettext_lazy("Website"),
    "owner_name": gettext_lazy("Owner"),
    "note": gettext_lazy("Note"),
}


class OrganisationExportMixin(SafeExportMixin):
    """Put before the list of organisations; the list counts people and sales."""

    list_export = list(EXPORTED)
    export_filename = "organisations"

    def count(self, rows: list[Organisation]) -> None:
        """Give each its people and its net sales."""
        raise NotImplementedError

    @cached_property
    def attributes(self) -> list[fields.Field]:
        return fields.attributes(self.request.user, noun=NOUN)

    def export_header(self, queryset: QuerySet) -> list[str]:
        labels = [*EXPORTED.values(), *(field.label for field in self.attributes)]
        return [str(label) for label in labels]

    def export_rows(self, objects: list[Organisation]) -> Iterable[Sequence[Any]]:
        self.count(objects)
        _name_owners(objects)
        held = self.values_of([row.pk for row in objects])
        for row, cells in zip(objects, super().export_rows(objects), strict=True):
            known = held.get(row.pk, {})
            yield [*cells, *(said(f, known.get(f.key)) for f in self.attributes)]

    def values_of(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        """What is known of each; who takes sensitive values is noted."""
        keys = [field.key for field in self.attributes]
        if not keys:
            return {}
        screen = access.Screen.EXPORT
        access.seen(ids, by=self.request.user, screen=screen, keys=keys, noun=NOUN)
        return values.current(ids, keys, noun=NOUN)


def _name_owners(rows: list[Organisation]) -> None:
    wanted = {row.owner_id for row in rows if row.owner_id}
    found = get_user_model()._default_manager.in_bulk(wanted) if wanted else {}
    for row in rows:
        row.owner_name = normalise.staff(found.get(row.owner_id))  # type: ignore[attr-defined]
