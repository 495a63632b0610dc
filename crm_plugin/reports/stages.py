"""Contacts by stage, today."""

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.lifecycle.models import Stage, StagePeriod
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import contact_list
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, leading, register


def numbers() -> dict[str, int]:
    """Contacts per stage today, every stage named; one query."""
    rows = (
        StagePeriod.objects.of_current()
        .filter(ended_on=None)
        .values_list("stage")
        .annotate(number=Count("id"))
    )
    found = dict(rows)
    return {stage.value: found.get(stage.value, 0) for stage in Stage}


@register(
    "stages",
    title=gettext_lazy("Contacts by stage"),
    formula=gettext_lazy(
        "Contacts, each in exactly one stage today: no use (new for 90 days, then"
        " prospect), 1, 2, 3 or more uses; dormant and lost by days since the last use."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    counted = numbers()
    title = _("Contacts by stage")
    items = [
        Item(
            str(stage.label), counted[stage.value], url=contact_list(stage=stage.value)
        )
        for stage in Stage
    ]
    return Result(
        headings=[_("Stage"), _("Contacts")],
        rows=[[item.label, item.value] for item in items],
        charts=[
            bars(title, items, label_heading=_("Stage"), value_heading=_("Contacts"))
        ],
        figures=counted,
        links=leading(items, 1),
    )
