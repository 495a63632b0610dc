"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import frequency, frequency_conditions, record_changes, story  # noqa: F401
from .models import ContactFrequency, FollowUp, Inquiry, Rating, Touchpoint

links.register(Touchpoint, "contact")
links.register(Inquiry, "contact")
links.register(FollowUp, "contact")
links.register(ContactFrequency, "contact", merge="recompute", export=False)
links.register(Rating, "contact", erase="unlink")
