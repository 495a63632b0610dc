"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import links

from . import frequency, frequency_conditions, record_changes, story  # noqa: F401
from .models import ContactFrequency, FollowUp, Inquiry, Rating, Touchpoint

links.register(Touchpoint, "contact", idle=Q(unverified=True))
links.register(
    Inquiry, "contact", idle=Q(closed_at__isnull=False, answered_at__isnull=True)
)
links.register(FollowUp, "contact")
links.register(ContactFrequency, "contact", merge="recompute", export=False)
links.register(Rating, "contact", erase="unlink")
