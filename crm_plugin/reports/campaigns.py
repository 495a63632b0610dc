"""What came of the last mailings: bookings, uses and sales before clicks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.campaigns.results import Results, results
from crm_plugin.delivery.models import Mailing
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Chart, Item, bars
from crm_plugin.ui.money import format_money

from .kpi import Result, register

SHOWN = 20
SENT = {"kind": "sent", "when": "ever"}


@dataclass(frozen=True)
class Line:
    """One mailing and what its recipients did, as its own screen tells it."""

    mailing: Mailing
    results: Results

    @property
    def name(self) -> str:
        return self.mailing.name

    @property
    def url(self) -> str:
        return reverse("crm_campaign:mailing", args=[self.mailing.public_id])

    @property
    def bookings(self) -> int:
        return self.results.of("booking").count

    @property
    def uses(self) -> int:
        return self.results.of("use").count

    @property
    def sales(self) -> Decimal:
        return self.results.of("sales").amount or Decimal(0)

    @property
    def clicks(self) -> int:
        return self.results.clicked


def lines(mailings: list[Mailing]) -> list[Line]:
    """The figures of *mailings*, in their order; as many queries as for one."""
    found = results(mailings)
    return [Line(mailing, found[mailing.pk]) for mailing in mailings]


def launched(limit: int) -> list[Mailing]:
    states = Mailing.State
    unsent = [states.PLANNED, states.PREPARING, states.BROKEN, states.MISSED]
    unsent += [states.CANCELLED]
    rows = Mailing.objects.exclude(state__in=unsent).select_related("campaign")
    return list(rows.order_by("-launched_at")[:limit])


def latest(user: Any, *, limit: int = 5) -> list[Line]:
    """The last mailings, for those who may see campaigns."""
    if not user.has_perm("crm_plugin.view_campaign"):
        return []
    return lines(launched(limit))


def charts(found: list[Line]) -> list[Chart]:
    """What recipients did, each figure by itself; a bar leads to its mailing."""
    bookings = [Item(one.name, one.bookings, url=one.url) for one in found]
    uses = [Item(one.name, one.uses, url=one.url) for one in found]
    sales = [
        Item(one.name, float(one.sales), format_money(one.sales), url=one.url)
        for one in found
    ]
    drawn = [
        (_("Bookings by recipients"), bookings, _("Bookings")),
        (_("Uses by recipients"), uses, _("Uses")),
        (_("Sales to recipients"), sales, _("Sales")),
    ]
    return [
        bars(title, items, label_heading=_("Campaign"), value_heading=heading)
        for title, items, heading in drawn
    ]


@register(
    "campaigns",
    title=gettext_lazy("What came of the campaigns"),
    formula=gettext_lazy(
        "Bookings, uses and net sales of a mailing's recipients within the campaign's"
        " own days after getting it, before clicks of people (machines left out). One"
        " visit may count for two mailings."
    ),
    phase=Phase.MARKETING,
)
def compute() -> Result:
    found = lines(launched(SHOWN))
    headings = [
        _("Campaign"),
        _("Sent on"),
        _("Counted for (days)"),
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
            line.results.days,
            line.results.sent,
            line.bookings,
            line.uses,
            line.sales,
            line.clicks,
        ]
        for line in found
    ]
    return Result(
        headings=headings,
        rows=rows,
        charts=charts(found),
        links={
            (row, 3): people(condition("mailing", mailing=str(line.mailing.pk), **SENT))
            for row, line in enumerate(found)
            if line.results.sent
        },
    )
