"""What this room tells the registries."""

from crm_plugin.contacts import changes, links

from . import deal_story, merging, story, summaries  # noqa: F401
from .models import ContactSales, Deal, DealPerson, Purchase

links.register(Purchase, "contact", erase="unlink")
links.register(Deal, "contact", erase="unlink")
links.register(DealPerson, "contact", join=merging.join_deal_people)
links.register(ContactSales, "contact", merge="recompute", export=False)


@changes.step(changes.SUMMARIES)
def recompute_sales(by_aspect: dict[str, set[int]]) -> None:
    """New cards adopt their purchases; purchases change the summaries."""
    if named := by_aspect.get("points"):
        by_aspect["purchases"] |= summaries.adopt(named)
    if sold := by_aspect.get("purchases"):
        summaries.recompute(sold)
