"""What this room tells the registries."""

from django.db.models import Q

from crm_plugin.contacts import links

from . import (
    attempts,  # noqa: F401
    claim_conditions,  # noqa: F401
    expiry,  # noqa: F401
    messages,  # noqa: F401
    quarantine,  # noqa: F401
    retention,  # noqa: F401
    story,  # noqa: F401
    uploads,  # noqa: F401
)
from .models import Claim, Submission

links.register(Submission, "contact", idle=Q(state=Submission.State.PROCESSED))
links.register(Claim, "contact", export=False, idle=links.EVERY_ROW)
