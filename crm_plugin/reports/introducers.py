"""Who introduced others to us, and the sales that came of it."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact
from crm_plugin.segments.ready_made import INTRODUCERS
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars
from crm_plugin.ui.money import format_money

from .kpi import Result, register

MOST = 50


@register(
    "introducers",
    title=gettext_lazy("Introduced by our guests"),
    formula=gettext_lazy(
        "Contacts who introduced others, with how many they introduced, how many of"
        " these have bought, and their net sales so far. The 50 with the most sales."
    ),
    personal=True,
    phase=Phase.MARKETING,
)
def compute(user: Any = None) -> Result:
    found = list(
        Contact.objects.current()
        .filter(introduced_by__isnull=False)
        .order_by()
        .values("introduced_by")
        .annotate(
            number=Count("pk"),
            buyers=Count("pk", filter=Q(sales__count__gt=0)),
            net=Sum("sales__net"),
        )
        .order_by("-net", "-number", "introduced_by")[:MOST]
    )
    ids = [row["introduced_by"] for row in found]
    known = Contact.objects.visible_to(user).in_bulk(ids)
    rows, items = [], []
    for row in found:
        person, net = known.get(row["introduced_by"]), row["net"] or 0
        name = str(person) if person else str(_("(name not shown)"))
        rows.append([name, row["number"], row["buyers"], net])
        url = person.get_admin_url() if person else ""
        items.append(Item(name, float(net), format_money(net), url=url))
    return Result(
        headings=[
            _("Introduced by"),
            _("Contacts"),
            _("of them bought"),
            _("Net sales since"),
        ],
        rows=rows,
        charts=[
            bars(
                _("Sales of who was introduced"),
                items[:10],
                label_heading=_("Introduced by"),
                value_heading=_("Net sales since"),
            )
        ],
        everybody=people(*INTRODUCERS),
        figures={"introduced": sum(row["number"] for row in found)},
    )
