"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import attribute_usage, drain, story  # noqa: F401
from .models import Delivery

links.register(Delivery, "contact", erase="unlink")
