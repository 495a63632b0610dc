"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import links

from . import (
    attribute_usage,  # noqa: F401
    drain,  # noqa: F401
    notices,  # noqa: F401
    preference_links,  # noqa: F401
    story,  # noqa: F401
)
from .models import Delivery

# What a person wrote, or a campaign, tells of more than an unconfirmed form.
links.register(
    Delivery, "contact", erase="unlink", idle=Q(by=None, mailing=None, topic=None)
)
