"""The sheets on their way whose columns are matched with an attribute."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import data_map, usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import ImportBatch

NOUNS = ("attribute", "organisation_attribute")
# So many of the newest sheets are looked at for what they brought.
SHEETS = 100
ON_THE_WAY = ("mapping", "checking", "checked", "applying")


@usage.source
def sheets(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    names = {f"{noun}.{definition.key}" for noun in NOUNS}
    may_see = user is not None and user.has_perm("crm_plugin.import_contact")
    for batch in ImportBatch.objects.filter(state__in=ON_THE_WAY).order_by("pk"):
        if names & set(batch.mapping.values()):
            url = reverse("crm_import:batch", args=[batch.public_id])
            known = (str(batch), url) if may_see else ("", "")
            yield usage.Place(_("import on its way"), *known)


@data_map.feeder
def fed_by_sheets() -> dict[str, list[str]]:
    """The names of the newest sheets that brought each field; one query."""
    found: dict[str, list[str]] = defaultdict(list)
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
    applied = applied.filter(noun=ImportBatch.Noun.CONTACTS).order_by("-pk")
    for name, mapping in applied.values_list("file_name", "mapping")[:SHEETS]:
        for field in filter(None, mapping.values()):
            known = field.replace("organisation_attribute.", "attribute.")
            if name not in found[known]:
                found[known].append(name)
    return found
