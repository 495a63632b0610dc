"""The form pages whose fields are saved as an attribute."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import CrmFormField


@usage.source
def form_pages(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    """Pages are named to everybody who may see attributes: they are public."""
    for model in apps.get_models():
        if not issubclass(model, CrmFormField):
            continue
        rows = model._default_manager.filter(maps_to=f"attribute.{definition.key}")
        for row in rows.select_related("page"):
            url = reverse("wagtailadmin_pages:edit", args=[row.page.pk])
            name = f"{row.page} ({row.label})"
            yield usage.Place(_("form page"), name, url)
