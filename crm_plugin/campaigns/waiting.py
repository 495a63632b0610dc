"""Launches whose people are still to be chosen: they need their segments until then."""

from django.utils.translation import gettext as _

from crm_plugin.delivery.models import Mailing
from crm_plugin.segments import places
from crm_plugin.segments.models import Segment

from . import compose

State = Mailing.State


@places.also_uses
def launches(segments: list[Segment]) -> places.Uses:
    """Of a launch its own list and texts count: the campaign may name others by now."""
    asked = {segment.pk for segment in segments}
    waiting = Mailing.objects.filter(state__in=[State.PLANNED, State.PREPARING])
    for pk, audience, content in waiting.values_list("pk", "audience", "content"):
        named = [*audience.get("include", ()), *audience.get("exclude", ())]
        if asked & {entry["id"] for entry in named}:
            yield Mailing, str(pk), _("audience")
        elif any(asked & compose.segments_in(compose.body_of(one)) for one in content):
            yield Mailing, str(pk), _("text")
