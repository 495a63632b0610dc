"""What this room tells the registries."""

from crm_plugin.contacts import changes, data_map, fields, links

from . import (
    data_things,
    deal_story,  # noqa: F401
    merging,
    plan_fields,
    plan_story,  # noqa: F401
    story,  # noqa: F401
    summaries,
)
from .models import ContactSales, Deal, DealPerson, PlanPeriod, Purchase

links.register(Purchase, "contact", erase="unlink")
links.register(Deal, "contact", erase="unlink")
links.register(DealPerson, "contact", join=merging.join_deal_people)
links.register(PlanPeriod, "contact", join=merging.join_plans)
links.register(ContactSales, "contact", merge="recompute", export=False)

fields.register("plan", plan_fields.NOUN)
data_map.register("sales", data_things.ROOM)


@changes.step(changes.SUMMARIES)
def recompute_sales(by_aspect: dict[str, set[int]]) -> None:
    """New cards adopt their purchases; purchases change the summaries."""
    if named := by_aspect.get("points"):
        by_aspect["purchases"] |= summaries.adopt(named)
    if sold := by_aspect.get("purchases"):
        summaries.recompute(sold)
