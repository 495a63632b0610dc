"""What visitors look for on the site, and what they do not find."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Phase
from crm_plugin.touchpoints.search_counts import searched
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register

DRAWN, LISTED = 15, 200
SEARCHED = {"how": "at_least", "number": 1, "when": "ever"}


@register(
    "searches",
    title=gettext_lazy("Site searches, and those without results"),
    formula=gettext_lazy(
        "Searches on the site by word, in the last 30, 90 and 365 days, and how many of"
        " the last 90 days found nothing. Everybody's searches are counted by word and"
        " day; whose they were is not kept here."
    ),
    phase=Phase.MARKETING,
)
def compute() -> Result:
    rows = searched(limit=LISTED)
    nothing = searched(limit=DRAWN, nothing=True)
    charts = [
        bars(
            _("Looked for and not found, last 90 days"),
            [Item(row.term, row.without, tone="warn") for row in nothing],
            label_heading=_("Word"),
            value_heading=_("Searches without results"),
        ),
        bars(
            _("Looked for most, last 90 days"),
            [Item(row.term, row.days_90) for row in rows[:DRAWN] if row.days_90],
            label_heading=_("Word"),
            value_heading=_("Searches"),
        ),
    ]
    return Result(
        headings=[
            _("Word"),
            _("30 days"),
            _("90 days"),
            _("365 days"),
            _("Without results (90 days)"),
            _("Last"),
        ],
        rows=[
            [
                row.term,
                row.days_30,
                row.days_90,
                row.days_365,
                row.without,
                date_format(row.last_on, "SHORT_DATE_FORMAT"),
            ]
            for row in rows
        ],
        charts=charts,
        figures={"without": sum(row.without for row in nothing)},
        everybody=people(condition("site_searches", **SEARCHED)),
    )
