"""Staged rows are copies of personal data: they do not stay longer than needed."""

import datetime as dt

from django.utils import timezone

from crm_plugin import queue

from .models import ImportBatch, ImportRow

ABANDONED = dt.timedelta(hours=24)
APPLIED = dt.timedelta(days=30)
State = ImportBatch.State


@queue.chore("import-purge", every=3600)
def purge() -> bool:
    """Delete sheets that nobody applied within a day, and the rows of old ones.

    What an applied sheet did stays in the journal, so that it can still be undone.
    """
    now = timezone.now()
    ImportBatch.objects.filter(
        state__in=[
            State.READING,
            State.MAPPING,
            State.CHECKING,
            State.CHECKED,
            State.FAILED,
        ],
        created_at__lt=now - ABANDONED,
    ).delete()
    ImportRow.objects.filter(batch__applied_at__lt=now - APPLIED).delete()
    return False
