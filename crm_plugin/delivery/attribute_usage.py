"""The messages of service whose texts name an attribute."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import ServiceMessage


@usage.source
def messages(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    tag = usage.tag_pattern(definition)
    rows = ServiceMessage.objects.filter(Q(subject__regex=tag) | Q(body__regex=tag))
    may_see = user is not None and user.has_perm("crm_plugin.view_servicemessage")
    for message in rows.order_by("pk"):
        url = reverse("crm_message:edit", args=[message.pk]) if may_see else ""
        yield usage.Place(_("message template"), str(message) if may_see else "", url)
