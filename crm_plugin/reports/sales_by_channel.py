"""Where they buy: net sales of a year by the channel of the purchase."""

import datetime as dt
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.sales.models import Purchase
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.touchpoints.sources import channel_words
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars
from crm_plugin.ui.money import format_money

from .kpi import Result, register

DAYS = 365
BOUGHT = condition(
    "purchases", measure="count", how="at_least", number=1, when="last", days=DAYS - 1
)


def numbers() -> list[tuple[str, int, Decimal, Decimal]]:
    """Channel, purchases, net sales, and net sales of the year before; one query."""
    today = timezone.localdate()
    start = today - dt.timedelta(days=DAYS)
    now = Q(on__gt=start, on__lte=today)
    rows: QuerySet = Purchase.objects.filter(
        on__gt=start - dt.timedelta(days=DAYS), on__lte=today
    )
    counted = (
        rows.order_by()
        .values_list("channel")
        .annotate(
            n=Count("pk", filter=now & Q(amount__gt=0)),
            net=Sum("amount", filter=now),
            before=Sum("amount", filter=Q(on__lte=start)),
        )
    )
    nothing = Decimal(0)
    found = [(c, n, net or nothing, past or nothing) for c, n, net, past in counted]
    return sorted(found, key=lambda row: (-row[2], row[0]))


@register(
    "sales_by_channel",
    title=gettext_lazy("Sales by channel"),
    formula=gettext_lazy(
        "Net sales of the last 365 days by the channel of the purchase, returns taken"
        " off, beside those of the 365 days before; purchases count without returns."
    ),
    phase=Phase.SALES,
)
def compute() -> Result:
    found = numbers()
    total = sum((net for _channel, _n, net, _before in found), Decimal(0))
    items = [
        Item(channel_words(channel), float(net), text=format_money(net))
        for channel, _n, net, _before in found
    ]
    return Result(
        headings=[
            _("Channel"),
            _("Purchases"),
            _("Net sales"),
            _("Per cent"),
            _("The year before"),
        ],
        rows=[
            [
                channel_words(channel),
                n,
                net,
                round(float(100 * net / total), 1) if total else 0.0,
                before,
            ]
            for channel, n, net, before in found
        ],
        charts=[
            bars(
                _("Sales by channel"),
                items,
                label_heading=_("Channel"),
                value_heading=_("Net sales"),
            )
        ],
        everybody=people(BOUGHT),
        figures={"total": str(total)},
    )
