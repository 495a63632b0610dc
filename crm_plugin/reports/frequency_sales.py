"""Contact frequency against sales: who is close and buys, and who only one of both."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Q, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.conf import setting
from crm_plugin.contacts.models import Contact
from crm_plugin.sales.models import ContactSales
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.touchpoints.models import ContactFrequency, Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, grid
from crm_plugin.ui.money import format_money

from .kpi import Result, register

Square = tuple[int, Decimal]


def squares() -> dict[tuple[bool, bool], Square]:
    """{(often, much): (contacts, net sales)} of who was in contact or bought."""
    share = setting("CRM_TOP_PERCENT")
    often = rules.floor_of_top(ContactFrequency.objects.all(), "days_365", share)
    much = rules.floor_of_top(ContactSales.objects.all(), "net_365", share)
    rows = (
        Contact.objects.current()
        .filter(Q(frequency__days_365__gt=0) | Q(sales__net_365__gt=0))
        .order_by()
        .annotate(
            often=_at_least("frequency__days_365", often),
            much=_at_least("sales__net_365", much),
        )
        .values_list("often", "much")
        .annotate(number=Count("pk"), net=Sum("sales__net_365"))
    )
    found = {(bool(o), bool(m)): (n, net or Decimal(0)) for o, m, n, net in rows}
    both = (True, False)
    return {(o, m): found.get((o, m), (0, Decimal(0))) for o in both for m in both}


def _at_least(column: str, floor: Any) -> Case:
    if floor is None:
        return Case(default=Value(0))
    return Case(When(**{f"{column}__gte": floor}, then=Value(1)), default=Value(0))


def _people(often: bool, much: bool) -> str:
    """Who is in a square; of those in neither top share no rule knows the bounds."""
    if not often and not much:
        return ""
    days, sales = (
        condition("best", percent=setting("CRM_TOP_PERCENT"), measure=measure)
        for measure in ("days", "sales")
    )
    if often and much:
        return people(days, sales)
    return (
        people(days, group("none", sales))
        if often
        else people(sales, group("none", days))
    )


@register(
    "frequency_sales",
    title=gettext_lazy("Contact frequency and sales"),
    formula=gettext_lazy(
        "Contacts with a contact day or net sales in the last 365 days, in four squares:"
        " among the top share by contact days or not, by net sales or not. The share is"
        " the setting CRM_TOP_PERCENT; equal values count as within."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    found = squares()
    names = {
        (True, True): _("often in contact, high sales"),
        (True, False): _("often in contact, lower sales"),
        (False, True): _("seldom in contact, high sales"),
        (False, False): _("seldom in contact, lower sales"),
    }
    cells = [
        [
            Item(
                str(names[often, much]),
                found[often, much][0],
                f"{found[often, much][0]:,} · {format_money(found[often, much][1])}",
                url=_people(often, much),
            )
            for much in (False, True)
        ]
        for often in (True, False)
    ]
    return Result(
        headings=[_("Square"), _("Contacts"), _("Net sales in 365 days")],
        rows=[[names[key], number, net] for key, (number, net) in found.items()],
        charts=[
            grid(
                _("Contact frequency and sales"),
                [_("often in contact"), _("seldom in contact")],
                [_("lower sales"), _("high sales")],
                cells,
                label_heading=_("Square"),
                value_heading=_("Contacts and net sales"),
            )
        ],
        links={
            (row, 1): url for row, key in enumerate(found) if (url := _people(*key))
        },
        figures={"good": found[True, True][0]},
    )
