"""Who came for one thing first and for another later: lunch guests and their dinners."""

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.lifecycle.models import UseCategory
from crm_plugin.sales.models import ProductCategory
from crm_plugin.segments.ready_made import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register

_PAIRS = """
WITH firsts AS ({firsts})
SELECT a.category_id, b.category_id,
  SUM(CASE WHEN b.first_on > a.first_on THEN 1 ELSE 0 END),
  SUM(CASE WHEN b.first_on <= a.first_on THEN 1 ELSE 0 END)
FROM firsts a JOIN firsts b ON a.contact_id = b.contact_id
GROUP BY a.category_id, b.category_id
"""


@dataclass(frozen=True)
class Step:
    """From one category to another: who could have taken it, and who did."""

    before: str
    after: str
    base: int
    came: int
    # Keys of the categories.
    first: str = field(default="", compare=False)
    later: str = field(default="", compare=False)

    @property
    def not_yet(self) -> int:
        """Who used the one and never the other so far."""
        return self.base - self.came

    @property
    def waiting(self) -> str:
        """The list of those."""
        used = {"how": "at_least", "number": 1, "when": "ever"}
        return people(
            condition("uses", category=self.first, **used),
            condition("uses", category=self.later, how="none", when="ever"),
        )

    @property
    def share(self) -> float:
        return 100 * self.came / self.base if self.base else 0.0


def steps() -> list[Step]:
    """Every ordered pair of categories with a base; two queries, whatever the size.

    The base of "A, later B": contacts who used A on a day before their first B, or
    never used B. Whoever used both for the first time on one day is in neither.
    """
    firsts = (
        UseCategory.objects.of_current()
        .order_by()
        .values("contact_id", "category_id")
        .annotate(first_on=Min("on"))
    )
    sql, params = firsts.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS.format(firsts=sql), params)
        rows = cursor.fetchall()
    later = {(a, b): (int(came), int(not_later)) for a, b, came, not_later in rows}
    names = ProductCategory.objects.in_bulk()
    found = []
    for a in names:
        used = later.get((a, a), (0, 0))[1]
        for b in names:
            came, not_later = later.get((a, b), (0, 0))
            if a != b and used > not_later:
                step = Step(
                    str(names[a]),
                    str(names[b]),
                    used - not_later,
                    came,
                    names[a].key,
                    names[b].key,
                )
                found.append(step)
    return sorted(found, key=lambda step: (-step.came, step.before, step.after))


@register(
    "cross_sell",
    title=gettext_lazy("First one, later the other"),
    formula=gettext_lazy(
        "Of the contacts who used one category and not yet the other: how many came for"
        " the other later. Whoever began with both on one day is not counted."
    ),
    phase=Phase.SUCCESS,
)
def compute() -> Result:
    found = steps()
    share = _("%(came)s of %(base)s (%(share).0f %%)")
    items = [
        Item(
            _("%(before)s, later %(after)s") % vars(step),
            step.came,
            text=share % {**vars(step), "share": step.share},
        )
        for step in found
    ]
    chart = bars(
        _("First one, later the other"),
        items,
        label_heading=_("From and to"),
        value_heading=_("Contacts"),
    )
    return Result(
        headings=[
            _("First"),
            _("Later"),
            _("Could have"),
            _("Came"),
            _("Per cent"),
            _("Not yet"),
        ],
        rows=[
            [
                *(step.before, step.after, step.base, step.came),
                *(round(step.share, 1), step.not_yet),
            ]
            for step in found
        ],
        links={(row, 5): step.waiting for row, step in enumerate(found)},
        charts=[chart],
        figures={
            "steps": [{**vars(step), "share": round(step.share, 1)} for step in found]
        },
    )
