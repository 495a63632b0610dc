"""Deals under way: how many and worth how much in each stage, and which are late."""

from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.sales.models import Deal, DealStage
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars
from crm_plugin.ui.money import format_money

from .kpi import Result, register


def by_stage() -> list[tuple[DealStage, int, Decimal, int]]:
    """Each open stage with its deals, their worth, and how many are late; two queries."""
    today = timezone.localdate()
    late = Q(expected_on__lt=today)
    rows = Deal.objects.open().order_by().values_list("stage")
    counted = {
        stage: (n, amount or Decimal(0), overdue)
        for stage, n, amount, overdue in rows.annotate(
            n=Count("pk"), worth=Sum("amount"), late=Count("pk", filter=late)
        )
    }
    nothing = (0, Decimal(0), 0)
    return [
        (stage, *counted.get(stage.pk, nothing))
        for stage in DealStage.objects.filter(kind=DealStage.Kind.OPEN)
        if stage.active or stage.pk in counted
    ]


def board() -> str:
    """The board, or nothing where a host site has none."""
    try:
        return reverse("crm_deal:index")
    except NoReverseMatch:
        return ""


@register(
    "open_deals",
    title=gettext_lazy("Deals under way"),
    formula=gettext_lazy(
        "Open deals today by their stage, with the sum of their amounts; late are those"
        " whose expected day has passed."
    ),
    phase=Phase.SALES,
)
def compute() -> Result:
    found = by_stage()
    text = _("%(count)s · %(amount)s")
    items = [
        Item(str(stage), n, text=text % {"count": n, "amount": format_money(amount)})
        for stage, n, amount, _late in found
    ]
    return Result(
        headings=[_("Deal stage"), _("Deals"), _("Amount"), _("Late")],
        rows=[[str(stage), n, amount, late] for stage, n, amount, late in found],
        charts=[
            bars(
                _("Deals under way"),
                items,
                label_heading=_("Deal stage"),
                value_heading=_("Deals"),
            )
        ],
        everybody=people(condition("open_deal")),
        figures={
            "count": sum(n for _stage, n, _amount, _late in found),
            "amount": str(sum((row[2] for row in found), Decimal(0))),
            "late": sum(late for _stage, _n, _amount, late in found),
        },
    )
