"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import nouns, seal, triggers  # noqa: F401
from .models import ConsentSubject, Preference

links.register(ConsentSubject, "contact", export=False)
links.register(Preference, "contact", merge="one")
