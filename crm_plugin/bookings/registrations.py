"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import messages, reminders, story, waiting  # noqa: F401
from .models import Booking, WaitingEntry

links.register(Booking, "contact")
links.register(WaitingEntry, "contact")
