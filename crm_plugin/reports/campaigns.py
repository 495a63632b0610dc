"""What came of the last mailings: bookings, uses and sales before clicks."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.delivery.models import Delivery, Mailing
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register

DAYS = 30
SHOWN = 20
SPAN = dt.timedelta(days=DAYS)


@dataclass(frozen=True)
class Line:
    """One mailing and what its recipients did within 30 days of getting it."""

    mailing: Mailing
    sent: int
    bookings: int
    uses: int
    sales: Decimal
    clicks: int

    @property
    def name(self) -> str:
        return self.mailing.name

    @property
    def url(self) -> str:
        return reverse("crm_campaign:mailing", args=[self.mailing.public_id])


def lines(mailings: list[Mailing]) -> list[Line]:
    """The figures of *mailings*, in their order; five queries, however many."""
    sent = Delivery.objects.filter(
        mailing__in=mailings, state=Delivery.State.SENT
    ).annotate(day=TruncDate("sent_at"))
    counted = _by_mailing(sent, n=Count("id"))
    bookings = _by_mailing(
        sent.filter(
            contact__bookings__created_at__gte=F("sent_at"),
            contact__bookings__created_at__lte=F("sent_at") + SPAN,
            contact__bookings__cancelled_at=None,
        ),
        n=Count("contact__bookings", distinct=True),
    )
    uses = _by_mailing(
        sent.filter(
            contact__uses__on__gte=F("day"), contact__uses__on__lte=F("day") + SPAN
        ),
        n=Count("contact__uses", distinct=True),
    )
    sales = _by_mailing(
        sent.filter(
            contact__purchases__at__gte=F("sent_at"),
            contact__purchases__at__lte=F("sent_at") + SPAN,
        ),
        n=Sum("contact__purchases__amount"),
    )
    human = Q(responses__kind="click", responses__machine=False)
    clicks = _by_mailing(sent.filter(human), n=Count("id", distinct=True))
    return [
        Line(
            mailing,
            counted.get(mailing.pk, 0),
            bookings.get(mailing.pk, 0),
            uses.get(mailing.pk, 0),
            sales.get(mailing.pk) or Decimal(0),
            clicks.get(mailing.pk, 0),
        )
        for mailing in mailings
    ]


def _by_mailing(rows: QuerySet, **figure: Any) -> dict[int, Any]:
    grouped = rows.order_by().values_list("mailing").annotate(**figure)
    return dict(grouped)


def launched(limit: int) -> list[Mailing]:
    states = Mailing.State
    rows = Mailing.objects.exclude(state__in=[states.CANCELLED, states.PREPARING])
    return list(rows.order_by("-launched_at")[:limit])


def latest(user: Any, *, limit: int = 5) -> list[Line]:
    """The last mailings, for those who may see campaigns."""
    if not user.has_perm("crm_plugin.view_campaign"):
        return []
    return lines(launched(limit))


@register(
    "campaigns",
    title=gettext_lazy("What came of the campaigns"),
    formula=gettext_lazy(
        "Bookings, uses and net sales of a mailing's recipients within 30 days of"
        " getting it, before clicks of people (machines left out). One visit may count"
        " for two mailings."
    ),
)
def compute() -> Result:
    found = lines(launched(SHOWN))
    headings = [
        _("Campaign"),
        _("Sent on"),
        _("Recipients"),
        _("Bookings"),
        _("Uses"),
        _("Sales"),
        _("Clicks"),
    ]
    rows = [
        [
            line.name,
            date_format(line.mailing.launched_at, "SHORT_DATE_FORMAT"),
            line.sent,
            line.bookings,
            line.uses,
            line.sales,
            line.clicks,
        ]
        for line in found
    ]
    chart = bars(
        _("Uses by recipients within 30 days"),
        [Item(line.name, line.uses) for line in found],
        label_heading=_("Campaign"),
        value_heading=_("Uses"),
    )
    return Result(headings=headings, rows=rows, charts=[chart])
