"""Who stands at exactly one use, and since when: the way from 0 to 1 to 2."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.contacts.models import Contact
from crm_plugin.lifecycle.models import ContactUses
from crm_plugin.segments import membership
from crm_plugin.segments.models import Segment
from crm_plugin.segments.ready_made import READY_MADE
from crm_plugin.ui.charts import Item, bars

from .addresses import contact_list
from .kpi import Result, register

# The segment that a draft for them is written to.
SEGMENT = "came-once"
# Days since the first use, first and last day included; None is "and more".
BUCKETS: list[tuple[int, int | None]] = [
    (0, 30),
    (31, 60),
    (61, 90),
    (91, 180),
    (181, None),
]


def standing_at_one() -> QuerySet[ContactUses]:
    return ContactUses.objects.of_current().filter(count=1)


def numbers() -> list[int]:
    """How many stand at one use, per bucket of days since; one query."""
    today = timezone.localdate()
    whens = [
        When(_between(today, first, last), then=Value(number))
        for number, (first, last) in enumerate(BUCKETS)
    ]
    rows = (
        standing_at_one()
        .annotate(bucket=Case(*whens, output_field=IntegerField()))
        .values_list("bucket")
        .annotate(number=Count("contact_id"))
    )
    found = dict(rows)
    return [found.get(number, 0) for number in range(len(BUCKETS))]


def _between(today: dt.date, first: int, last: int | None) -> Q:
    condition = Q(first_on__lte=today - dt.timedelta(days=first))
    if last is not None:
        condition &= Q(first_on__gte=today - dt.timedelta(days=last))
    return condition


def people(user: Any, *, limit: int = 10) -> list[Contact]:
    """Those who came once, longest ago last, as far as *user* may see them."""
    visible = Contact.objects.visible_to(user).filter(
        archived_at=None, use_summary__count=1
    )
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
        return Aim(Segment(key=SEGMENT, **READY_MADE[SEGMENT]), 0)
    if segment.reads_sensitive and not user.has_perm("crm_plugin.view_sensitive"):
        return None
    members = membership.members([segment.pk])
    return Aim(segment, standing_at_one().filter(contact__in=members).count())


def label_of(first: int, last: int | None) -> str:
    if last is None:
        return _("%(first)s days or more") % {"first": first}
    return _("%(first)s–%(last)s days") % {"first": first, "last": last}


@register(
    "came_once",
    title=gettext_lazy("Came once"),
    formula=gettext_lazy(
        "Contacts with exactly one use, by days since that use. Success is that they"
        " come a second time."
    ),
)
def compute() -> Result:
    counted = numbers()
    items = [
        Item(label_of(*bucket), number)
        for bucket, number in zip(BUCKETS, counted, strict=True)
    ]
    chart = bars(
        _("Came once, and how long ago"),
        items,
        label_heading=_("Days since"),
        value_heading=_("Contacts"),
    )
    return Result(
        headings=[_("Days since"), _("Contacts")],
        rows=[[item.label, item.value] for item in items],
        charts=[chart],
        figures={"total": sum(counted), "buckets": counted},
    )
