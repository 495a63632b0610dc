"""Contacts with no linked use: a list without use records is only a list."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact
from crm_plugin.touchpoints.models import Phase
from crm_plugin.touchpoints.sources import channel_words
from crm_plugin.ui.addresses import contact_list
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register


@dataclass(frozen=True)
class Share:
    """How many contacts came from where, and how many of them never used us."""

    label: str
    contacts: int
    without: int

    @property
    def share(self) -> float:
        return 100 * self.without / self.contacts if self.contacts else 0.0


def by_source() -> list[Share]:
    """By the channel of the first recorded contact; one query."""
    never = Q(use_summary=None) | Q(use_summary__count=0)
    rows: QuerySet = (
        Contact.objects.current()
        .order_by()
        .values_list("first_touch__channel")
        .annotate(n=Count("pk"), without=Count("pk", filter=never))
    )
    found = [
        Share(channel_words(channel) if channel else _("not known"), n, without)
        for channel, n, without in rows
    ]
    return sorted(found, key=lambda row: (-row.without, row.label))


@register(
    "without_use",
    title=gettext_lazy("Contacts without a use"),
    formula=gettext_lazy(
        "Contacts to whom no use is linked, neither a purchase nor a visit, and their"
        " share of all contacts, by the channel of the first recorded contact."
    ),
    phase=Phase.MARKETING,
)
def compute() -> Result:
    found = by_source()
    total = Share(
        _("Total"),
        sum(row.contacts for row in found),
        sum(row.without for row in found),
    )
    text = _("%(without)s of %(contacts)s (%(share).0f %%)")
    items = [
        Item(row.label, row.without, text=text % {**vars(row), "share": row.share})
        for row in found
    ]
    return Result(
        headings=[_("Source"), _("Contacts"), _("Without a use"), _("Per cent")],
        rows=[
            [row.label, row.contacts, row.without, round(row.share, 1)]
            for row in [*found, total]
        ],
        charts=[
            bars(
                _("Contacts without a use"),
                items,
                label_heading=_("Source"),
                value_heading=_("Without a use"),
            )
        ],
        figures={
            "contacts": total.contacts,
            "without": total.without,
            "share": round(total.share, 1),
            "url": contact_list(uses="0"),
        },
        everybody=contact_list(uses="0"),
    )
