"""The scores that ask an attribute."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext

from crm_plugin.contacts import usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import Score


@usage.source
def scores(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    """A score that *user* may not see is said without its name."""
    visible = set(Score.objects.visible_to(user).values_list("pk", flat=True))
    for score in Score.objects.all():
        if not _asks(score, definition):
            continue
        if score.pk in visible:
            url = reverse("crm_score:edit", args=[score.pk])
            yield usage.Place(pgettext("points", "score"), str(score), url, rule=True)
        else:
            yield usage.Place(pgettext("points", "score"), rule=True)


def _asks(score: Score, definition: AttributeDefinition) -> bool:
    return any(
        leaf.value.get("attribute") == definition.key
        for line in score.read_lines
        for leaf in line.leaves
    )
