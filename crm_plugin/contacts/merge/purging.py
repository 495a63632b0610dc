"""What it took to undo a merge goes once nobody can undo it any more."""

import datetime as dt

from django.utils import timezone

from crm_plugin import queue
from crm_plugin.journal import Bundle

from .undo import UNDO_DAYS
from .verb import KIND

GRACE = dt.timedelta(days=1)
PORTION = 500


@queue.chore("merge-purge", every=86_400)
def purge() -> bool:
    """Delete the kept rows of old merges; what changed on the record stays told."""
    until = timezone.now() - dt.timedelta(days=UNDO_DAYS) - GRACE
    rows = Bundle.objects.filter(operation__kind=KIND, operation__at__lt=until)
    old = list(rows.values_list("pk", flat=True)[:PORTION])
    Bundle.objects.filter(pk__in=old).delete()
    return len(old) == PORTION
