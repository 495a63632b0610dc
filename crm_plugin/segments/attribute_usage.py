"""The segments that ask an attribute, published or only drafted."""

import json
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm_plugin import rules
from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import Segment


@usage.source
def segments(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    """A segment that *user* may not see is said without its name."""
    visible = set(Segment.objects.visible_to(user).values_list("pk", flat=True))
    for segment in Segment.objects.select_related("latest_revision"):
        if not any(_asks(rule, definition) for rule in _rules(segment)):
            continue
        if segment.pk in visible:
            url = reverse("crm_segment:edit", args=[segment.pk])
            yield usage.Place(_("segment"), str(segment), url, rule=True)
        else:
            yield usage.Place(_("segment"), rule=True)


def _rules(segment: Segment) -> Iterator[Any]:
    yield segment.rule
    draft = segment.latest_revision
    if draft and draft.content.get("rule"):
        yield json.loads(draft.content["rule"])


def _asks(rule: Any, definition: AttributeDefinition) -> bool:
    return any(
        leaf.value.get("attribute") == definition.key for leaf in rules.walk(rule)
    )
