"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import links

from . import attempts, expiry, messages, quarantine, story, uploads  # noqa: F401
from .models import Claim, Submission

links.register(Submission, "contact", idle=Q(state=Submission.State.PROCESSED))
links.register(Claim, "contact", export=False, idle=links.EVERY_ROW)
