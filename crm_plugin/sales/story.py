"""What this room tells the history and the contact frequency."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Max, Min, QuerySet, Value
from django.utils.translation import gettext as _

from crm_plugin.touchpoints import by_channel, frequency, history
from crm_plugin.touchpoints.people import Who, narrowed_with_own

from .models import Purchase


@history.source("purchases", kinds=("purchase", "return"), phases=False, people=True)
def purchases(
    contact_id: Who, *, before: dt.datetime | None, limit: int, user: Any
) -> list[history.Entry]:
    """Purchases and returns with what was bought."""
    rows = narrowed_with_own(Purchase.objects.visible_to(user), contact_id, "at")
    if before:
        rows = rows.filter(at__lt=before)
    rows = rows.order_by("-at", "-id").prefetch_related("lines")
    return [_entry(row) for row in rows[:limit]]


def _entry(row: Purchase) -> history.Entry:
    returned = row.amount < 0
    return history.Entry(
        at=row.at,
        kind="return" if returned else "purchase",
        icon="rotate" if returned else "tag",
        title=_("Returned") if returned else _("Purchase"),
        body=", ".join(line.name for line in row.lines.all()),
        url=row.get_admin_url(),
        channel=row.channel,
        direction="both",
        key=f"purchase:{row.pk}",
        amount=row.amount,
        contact_id=row.contact_id,
    )


@frequency.days_source
def purchase_days(contact_ids: frequency.Ids, since: dt.datetime) -> QuerySet:
    rows = Purchase.objects.filter(
        contact_id__in=contact_ids, at__gte=since, amount__gt=0
    )
    return rows.order_by().values_list("contact_id", "on")


@frequency.moments_source
def purchase_moments(contact_ids: frequency.Ids, until: dt.datetime | None) -> QuerySet:
    rows = Purchase.objects.filter(
        contact_id__in=contact_ids, amount__gt=0, **frequency.by("at", until)
    )
    moments = {"first_at": Min("at"), "last_at": Max("at")}
    return rows.order_by().values_list("contact_id").annotate(**moments)


@by_channel.channel_source
def purchase_days_by_channel(
    contact_ids: Sequence[int], since: dt.datetime
) -> QuerySet:
    rows = Purchase.objects.filter(
        contact_id__in=contact_ids, at__gte=since, amount__gt=0
    )
    rows = rows.order_by().annotate(
        crm_day=F("on"), crm_channel=F("channel"), crm_side=Value(by_channel.THEIRS)
    )
    return rows.values_list("crm_day", "crm_channel", "crm_side")
