"""Refreshes told long ago are forgotten, but for what the past of a segment rests on."""

import datetime as dt

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber, TruncMonth
from django.utils import timezone

from crm_plugin import queue

from .models import SegmentRefresh
from .pace import BACK

# Of what changed by the minute nobody looks at more than the last days.
LATELY = dt.timedelta(days=7)
PURGED = 10_000


@queue.chore("segment-refreshes-purge", every=86_400)
def forget_refreshes() -> bool:
    """Forget those of everybody after three months, those of changes after a week.

    The first of each segment stays, since when its members are known, and the last of
    each month, which tells how many they were.
    """
    now, kind = timezone.now(), SegmentRefresh.Kind.CHANGES
    old = Q(at__lt=now - BACK) | Q(kind=kind, at__lt=now - LATELY)
    month = TruncMonth("at", tzinfo=timezone.get_default_timezone())
    numbered = SegmentRefresh.objects.filter(old).annotate(
        crm_first=Window(
            RowNumber(), partition_by=F("segment"), order_by=[F("at"), F("pk")]
        ),
        crm_last=Window(
            RowNumber(),
            partition_by=[F("segment"), month],
            order_by=[F("at").desc(), F("pk").desc()],
        ),
    )
    rows = numbered.filter(crm_first__gt=1, crm_last__gt=1)
    ids = list(rows.values_list("pk", flat=True)[:PURGED])
    SegmentRefresh.objects.filter(pk__in=ids).delete()
    return len(ids) == PURGED
