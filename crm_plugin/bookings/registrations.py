"""What this room tells the registries."""

from crm_plugin.contacts import data_map, links

from . import data_things, messages, reminders, story, thanks, waiting  # noqa: F401
from .models import Booking, WaitingEntry

links.register(Booking, "contact")
links.register(WaitingEntry, "contact")
data_map.register("bookings", data_things.ROOM)
