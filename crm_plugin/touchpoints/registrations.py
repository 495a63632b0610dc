"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import data_map, links

from . import (
    data_things,
    follow_up_conditions,  # noqa: F401
    frequency,  # noqa: F401
    frequency_conditions,  # noqa: F401
    inquiry_conditions,  # noqa: F401
    rating_conditions,  # noqa: F401
    record_changes,  # noqa: F401
    site_changes,
    site_conditions,  # noqa: F401
    site_visits,  # noqa: F401
    sort_conditions,  # noqa: F401
    story,  # noqa: F401
)
from .models import (
    ContactFrequency,
    FollowUp,
    Inquiry,
    PageRead,
    Rating,
    Touchpoint,
)

links.register(Touchpoint, "contact", idle=Q(unverified=True))
links.register(
    Inquiry, "contact", idle=Q(closed_at__isnull=False, answered_at__isnull=True)
)
links.register(FollowUp, "contact")
data_map.register("touchpoints", data_things.ROOM)
links.register(ContactFrequency, "contact", merge="recompute", export=False)
links.register(Rating, "contact", erase="unlink")
links.register(PageRead, "contact", merge="one")
site_changes.connect()
