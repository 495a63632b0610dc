"""What this room tells the registries."""

from crm_plugin.contacts import changes, links

from . import stages, uses
from .models import ContactUses, StagePeriod, Use, UseCategory

for model in (Use, UseCategory, ContactUses, StagePeriod):
    links.register(model, "contact", merge="recompute")


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
