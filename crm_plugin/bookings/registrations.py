"""What this room tells the registries."""

from crm_plugin.contacts import data_map, links

from . import data_things, story  # noqa: F401
from .models import Booking

links.register(Booking, "contact")
data_map.register("bookings", data_things.ROOM)
