"""The sheets on their way whose columns are matched with an attribute."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import ImportBatch

NOUNS = ("attribute", "organisation_attribute")
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
