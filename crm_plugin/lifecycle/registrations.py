"""What this room tells the registries."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from crm_plugin.contacts import changes, data_map, links
from crm_plugin.touchpoints import frequency, log

from . import (  # noqa: F401
    data_things,
    rhythm,
    stage_touchpoints,
    stages,
    uses,
    which_use,
)
from .models import ContactUses, StagePeriod, Use, UseCategory

for model in (Use, UseCategory, ContactUses, StagePeriod):
    links.register(model, "contact", merge="recompute")
data_map.register("uses", data_things.ROOM)


@changes.step(changes.USES)
def recompute_uses_and_stages(by_aspect: dict[str, set[int]]) -> None:
    """Sales and visits change uses; uses and new records change stages."""
    used = by_aspect.get("purchases", set()) | by_aspect.get("bookings", set())
    staged = used | by_aspect.get("fields", set())
    if used:
        uses.recompute(used)
        by_aspect["uses"] |= used
    if staged:
        stages.recompute(staged)
        by_aspect["stage"] |= staged


@frequency.days_source
def days_of_use(contact_ids: frequency.Ids, since: dt.datetime) -> QuerySet:
    """A use is a contact day."""
    rows = Use.objects.filter(contact_id__in=contact_ids, on__gte=since.date())
    return rows.order_by().values_list("contact_id", "on")


@log.stage_reader
def stages_then(days: Collection[log.Day]) -> Mapping[log.Day, str]:
    """Touchpoints keep the stage of their day."""
    return stages.on_days(days)
