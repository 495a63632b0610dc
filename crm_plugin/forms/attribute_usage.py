"""The form pages whose fields are saved as an attribute, or as another field."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import data_map, usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import CrmFormField


@usage.source
def form_pages(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    """Pages are named to everybody who may see attributes: they are public."""
    for row in _mapped(maps_to=f"attribute.{definition.key}"):
        url = reverse("wagtailadmin_pages:edit", args=[row.page.pk])
        name = f"{row.page} ({row.label})"
        yield usage.Place(_("form page"), name, url)


@data_map.feeder
def fed_by_forms() -> dict[str, list[str]]:
    """The titles of the live pages that ask each field; one query per kind of page."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in _mapped(page__live=True):
        title = str(row.page)
        if row.maps_to and title not in found[row.maps_to]:
            found[row.maps_to].append(title)
    return found


def _mapped(**wanted: Any) -> Iterator[Any]:
    for model in apps.get_models():
        if issubclass(model, CrmFormField):
            rows = model._default_manager.filter(**wanted)
            yield from rows.select_related("page").order_by("page_id", "sort_order")
