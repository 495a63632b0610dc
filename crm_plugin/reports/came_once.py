"""Who stands at exactly one use, and since when: the way from 0 to 1 to 2."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.contacts.models import Contact
from crm_plugin.segments import membership
from crm_plugin.segments.models import Segment
from crm_plugin.segments.ready_made import definition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui import addresses
from crm_plugin.ui.addresses import contact_list
from crm_plugin.ui.charts import bars

from . import at_one, kpi
from .kpi import Result, register

# The segment that a draft for them is written to.
SEGMENT = "came-once"


def people(user: Any, *, limit: int = 10) -> list[Contact]:
    """Those who came once, longest ago last, as far as *user* may see them."""
    visible = Contact.objects.visible_to(user).current().filter(use_summary__count=1)
    return list(
        visible.select_related("use_summary").order_by("-use_summary__first_on")[:limit]
    )


@dataclass(frozen=True)
class Aim:
    """Whom a draft is for, and how many of those at one use they are."""

    segment: Segment
    number: int

    @property
    def sentence(self) -> str:
        return rules.sentence(self.segment.rule)

    @property
    def url(self) -> str:
        """Its members in the list of contacts, where they can be exported."""
        return contact_list(segment=str(self.segment.pk)) if self.segment.pk else ""


def aim(user: Any) -> Aim | None:
    """The segment of the draft; as it would be made, where there is none yet."""
    segment = Segment.objects.filter(key=SEGMENT).first()
    if segment is None:
        return Aim(Segment(key=SEGMENT, **definition(SEGMENT)), 0)
    if segment.reads_sensitive and not user.has_perm("crm_plugin.view_sensitive"):
        return None
    members = membership.members([segment.pk])
    return Aim(segment, at_one.standing_at_one().filter(contact__in=members).count())


@register(
    "came_once",
    title=gettext_lazy("Came once"),
    formula=gettext_lazy(
        "Contacts with exactly one use, by days since that use, by what it was and by"
        " where their first record came from. Success is that they come a second time."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    days = at_one.by_days()
    total = sum(item.value for item in days)
    kinds = [
        (_("Came once, and how long ago"), _("Days since"), days),
        (_("Came once, for what"), _("First use"), at_one.by_category()),
        (_("Came once, from where"), _("Source"), at_one.by_source(int(total))),
    ]
    return Result(
        headings=[_("By"), _("Which"), _("Contacts")],
        rows=[
            [heading, item.label, item.value]
            for _title, heading, items in kinds
            for item in items
        ],
        charts=[
            bars(title, items, label_heading=heading, value_heading=_("Contacts"))
            for title, heading, items in kinds
        ],
        figures={"total": total, "buckets": [item.value for item in days]},
        links=kpi.leading([item for *_names, items in kinds for item in items], 2),
        everybody=addresses.people(at_one.ONCE),
    )
