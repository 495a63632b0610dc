"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import story  # noqa: F401
from .models import Booking

links.register(Booking, "contact")
