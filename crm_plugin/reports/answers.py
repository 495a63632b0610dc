"""Inquiries that wait for an answer, and complaints among them."""

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Inquiry, Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register


def numbers() -> dict[str, int]:
    """Open ones in time, overdue, and the complaints among both; one query."""
    late = Q(due_at__lt=timezone.now())
    return Inquiry.objects.open().aggregate(
        in_time=Count("pk", filter=~late),
        overdue=Count("pk", filter=late),
        complaints=Count("pk", filter=Q(kind=Inquiry.Kind.COMPLAINT)),
    )


@register(
    "answers",
    title=gettext_lazy("Answers owed"),
    formula=gettext_lazy(
        "Open inquiries today, in time and overdue by the hour at which an answer is"
        " owed; complaints are counted among them."
    ),
    phase=Phase.SUPPORT,
)
def compute() -> Result:
    found = numbers()
    items = [
        Item(_("in time"), found["in_time"]),
        Item(_("overdue"), found["overdue"], tone="warn"),
        Item(_("complaints among them"), found["complaints"]),
    ]
    chart = bars(
        _("Answers owed"),
        items,
        label_heading=_("State"),
        value_heading=_("Inquiries"),
    )
    return Result(
        headings=[_("State"), _("Inquiries")],
        rows=[[item.label, item.value] for item in items],
        charts=[chart],
        figures=found,
        everybody=people(condition("open_inquiry")),
    )
