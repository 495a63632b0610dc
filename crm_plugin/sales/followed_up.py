"""Whether somebody spoke to them after they bought."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints.models import FollowUp, Touchpoint

from .models import Purchase, PurchaseQuerySet

# Whoever bought longer ago than this is no longer asked how it was.
WINDOW = 90
# What a person says or writes to them; mass mail is none.
OURS = Q(direction__in=["out", "both"], machine=False, by__isnull=False)


def bought(days: int, *, window: int = WINDOW) -> PurchaseQuerySet:
    """The last purchase of each contact, where it lies *days* to *window* days back."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    later = Purchase.objects.filter(contact=OuterRef("contact"), amount__gt=0)
    rows = Purchase.objects.of_current().filter(
        contact__isnull=False,
        amount__gt=0,
        on__lte=today - dt.timedelta(days=days),
        on__gt=today - dt.timedelta(days=window),
    )
    newer = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
    return rows.filter(~Exists(later.filter(newer)))


def not_followed_up(days: int, *, window: int = WINDOW) -> PurchaseQuerySet:
    """Those since whose purchase nobody spoke or wrote to them; the newest first."""
    rows = bought(days, window=window)
    for asked in _spoken({}):
        rows = rows.filter(~Exists(asked))
    return rows.order_by("-on", "-id")


def with_follow_up(rows: QuerySet, days: int) -> QuerySet:
    """Annotate ``followed_up``: within so many days after the purchase."""
    until = OuterRef("at") + dt.timedelta(days=days)
    spoken = [Exists(asked) for asked in _spoken({"lte": until})]
    return rows.annotate(followed_up=spoken[0] | spoken[1] | spoken[2])


def touched(rows: QuerySet, days: int) -> QuerySet[Touchpoint]:
    """The touchpoints in which we spoke to them within so many days."""
    bought_before = rows.filter(
        contact=OuterRef("contact"),
        at__lt=OuterRef("at"),
        at__gte=OuterRef("at") - dt.timedelta(days=days),
    )
    return Touchpoint.objects.filter(OURS).filter(Exists(bought_before))


def _spoken(limit: dict[str, Any]) -> list[QuerySet]:
    """Talks, letters by hand, and steps that were done after the purchase."""

    def after(column: str) -> dict[str, Any]:
        found = {"contact": OuterRef("contact"), f"{column}__gt": OuterRef("at")}
        return {**found, **{f"{column}__{how}": end for how, end in limit.items()}}

    return [
        Touchpoint.objects.filter(OURS, **after("at")),
        Delivery.objects.filter(mailing=None, by__isnull=False, **after("sent_at")),
        FollowUp.objects.filter(**after("done_at")),
    ]
