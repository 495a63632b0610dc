"""What this room tells the registries."""

from crm_plugin.contacts import data_map, links

from . import (
    data_things,
    frequency,  # noqa: F401
    frequency_conditions,  # noqa: F401
    record_changes,  # noqa: F401
    story,  # noqa: F401
)
from .models import ContactFrequency, FollowUp, Inquiry, Touchpoint

links.register(Touchpoint, "contact")
links.register(Inquiry, "contact")
links.register(FollowUp, "contact")
data_map.register("touchpoints", data_things.ROOM)
links.register(ContactFrequency, "contact", merge="recompute", export=False)
