"""What this room tells the registries."""

from crm_plugin.contacts import links

from . import attempts, messages, quarantine, story  # noqa: F401
from .models import Claim, Submission

links.register(Submission, "contact")
links.register(Claim, "contact", export=False)
