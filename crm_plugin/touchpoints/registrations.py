"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import (  # noqa: F401
    frequency,
    frequency_conditions,
    record_changes,
    site_conditions,
    site_visits,
    story,
)
from .models import ContactFrequency, FollowUp, Inquiry, PageRead, Touchpoint

links.register(Touchpoint, "contact")
links.register(Inquiry, "contact")
links.register(FollowUp, "contact")
links.register(ContactFrequency, "contact", merge="recompute", export=False)
links.register(PageRead, "contact", merge="one")
