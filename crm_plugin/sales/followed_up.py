"""Whether somebody spoke to them after they bought."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints.models import FollowUp, Touchpoint

from .models import Purchase, PurchaseQuerySet

# Whoever bought longer ago than this is no longer asked how it was.
WINDOW = 90
# What a person says or writes to them; mass mail is none.
OURS = Q(direction__in=["out", "both"], machine=False, by__isnull=False)
BY_HAND = Q(mailing=None, by__isnull=False)


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
    for asked in _spoken():
        rows = rows.filter(~Exists(asked))
    return rows.order_by("-on", "-id")


def with_follow_up(rows: QuerySet, days: int) -> QuerySet:
    """Annotate ``followed_up``: within so many days after the purchase."""
    talks, letters, steps = (Exists(asked) for asked in _spoken(days))
    return rows.annotate(followed_up=talks | letters | steps)


def by_channel(rows: QuerySet, days: int) -> Counter[str]:
    """How often somebody spoke or wrote to them within so many days, by channel.

    A step that was done counts where no talk or letter stands, since it is mostly
    ticked off beside one; without a channel it counts as ``""``. Three queries.
    """
    talks, letters, _steps = _spoken(days)
    silent = rows.filter(~Exists(talks), ~Exists(letters))
    return (
        _counted(Touchpoint.objects.filter(OURS), "at", rows, days)
        + _counted(Delivery.objects.filter(BY_HAND), "sent_at", rows, days)
        + _counted(FollowUp.objects.all(), "done_at", silent, days)
    )


def _counted(said: QuerySet, column: str, rows: QuerySet, days: int) -> Counter[str]:
    """Those of *said* that came within so many days after a purchase, by channel."""
    before = rows.filter(
        contact=OuterRef("contact"),
        at__lt=OuterRef(column),
        at__gte=OuterRef(column) - dt.timedelta(days=days),
    )
    channels = said.filter(Exists(before)).order_by().values_list("channel")
    return Counter(dict(channels.annotate(n=Count("pk"))))


def _spoken(days: int | None = None) -> list[QuerySet]:
    """Talks, letters by hand, and steps that were done after the purchase."""

    def after(column: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "contact": OuterRef("contact"),
            f"{column}__gt": OuterRef("at"),
        }
        if days is not None:
            found[f"{column}__lte"] = OuterRef("at") + dt.timedelta(days=days)
        return found

    return [
        Touchpoint.objects.filter(OURS, **after("at")),
        Delivery.objects.filter(BY_HAND, **after("sent_at")),
        FollowUp.objects.filter(**after("done_at")),
    ]
