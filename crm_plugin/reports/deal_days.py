"""How long deals take, by outcome, stage and segment; names stand in the deals' door."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.lifecycle import deal_days
from crm_plugin.lifecycle.deal_days import Median
from crm_plugin.sales.models import Deal, DealStage
from crm_plugin.segments.models import Segment
from crm_plugin.segments.stored import condition, group
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register

# As many segments as a reader looks at.
MOST = 20
CLOSED = [
    condition("closed_deals", outcome=outcome, how="at_least", number=1, when="ever")
    for outcome in ("won", "lost")
]


def by_outcome() -> list[Median]:
    labels: dict = dict(DealStage.Kind.choices)
    found = deal_days.medians(deal_days.OUTCOME)
    return [Median(str(labels[row.which]), row.count, row.days) for row in found]


def by_stage() -> list[Median]:
    """In the order of the board."""
    stages = DealStage.objects.all()
    found = deal_days.named(stages, deal_days.STAGE, limit=100)
    order = {stage.pk: number for number, stage in enumerate(stages)}
    return sorted(found, key=lambda row: order[row.which.pk])  # type: ignore[attr-defined]


def by_segment() -> list[Median]:
    """Segments about something sensitive are left out: reports are for everybody."""
    people = Segment.objects.of_people()
    open_ones = people.filter(active=True, reads_sensitive=False)
    return deal_days.named(open_ones, deal_days.SEGMENT, limit=MOST)


@register(
    "deal_days",
    title=gettext_lazy("How long deals take"),
    formula=gettext_lazy(
        "The median of the days from opening to closing, of deals won or lost. By"
        " stage: the median of the days that deals stayed in it. By segment: of the"
        " deals of whoever is in it now."
    ),
    more="crm_deal:durations",
    phase=Phase.SALES,
)
def compute() -> Result:
    kinds = [
        (_("By outcome"), by_outcome()),
        (_("By stage"), by_stage()),
        (_("By segment"), by_segment()),
    ]
    return Result(
        headings=[_("By"), _("Which"), _("Deals"), _("Median of days")],
        rows=[
            [heading, str(row.which), row.count, round(row.days, 1)]
            for heading, rows in kinds
            for row in rows
        ],
        charts=[
            bars(
                heading,
                [Item(str(row.which), round(row.days, 1)) for row in rows],
                label_heading=_("Which"),
                value_heading=_("Median of days"),
            )
            for heading, rows in kinds
            if rows
        ],
        figures={
            "closed": Deal.objects.exclude(closed_at=None).count(),
            "outcomes": {str(row.which): row.days for row in kinds[0][1]},
        },
        everybody=people(group("any", *CLOSED)),
    )
