"""Whose turn on the waiting list it is not: somebody was told already, or enough.

Anybody may put anybody's address on the list, several times, and free and take a place
as often as he likes: that must not fill a mailbox.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Count
from django.utils import timezone

from crm_plugin.delivery.models import Delivery

from .messages import PLACE_FREE
from .models import WaitingEntry

# So many messages a day to an address whose owner has not confirmed that she waits.
MOST = 3


def whose(entry: WaitingEntry) -> str:
    """Who waits, so that two entries of one person are one: by address, else record."""
    return entry.point.value_norm if entry.point else f"contact {entry.contact_id}"


def had_enough(entries: Iterable[WaitingEntry]) -> Collection[str]:
    """Those of *entries* whose address was told ``MOST`` times in 24 hours; a query,
    none where everybody confirmed.
    """
    norms = {whose(each) for each in entries if each.unverified and each.point}
    if not norms:
        return ()
    lately = Delivery.objects.filter(
        kind=PLACE_FREE,
        address_norm__in=norms,
        created_at__gt=timezone.now() - dt.timedelta(hours=24),
    )
    told = lately.values("address_norm").annotate(told=Count("pk"))
    return set(told.filter(told__gte=MOST).values_list("address_norm", flat=True))
