"""The data map: what may be known, of how many it is, and what fills it."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import data_map
from crm_plugin.contacts.models import AttributeDefinition, DataFill
from crm_plugin.segments.stored import condition, group
from crm_plugin.touchpoints.sources import channel_words
from crm_plugin.ui.addresses import people
from crm_plugin.ui.charts import Item, grid

from .kpi import Result, register

FIELD = ("attribute.", "contact.", "point.", "organisation.", "plan.")
NAMED = 3
# The column that leads to those of whom something is known.
RECORDS = 5


@dataclass
class Fill:
    """How many records hold one thing, altogether and by where they came from."""

    number: int = 0
    newest_at: dt.datetime | None = None
    by_source: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def fills() -> dict[tuple[str, str], Fill]:
    """{(noun, name): fill}; the name "" is the number of records. One query."""
    found: dict[tuple[str, str], Fill] = defaultdict(Fill)
    for row in DataFill.objects.all():
        fill = found[row.noun, row.name]
        fill.number += row.number
        fill.by_source[row.source] += row.number
        newest = [at for at in (fill.newest_at, row.newest_at) if at]
        fill.newest_at = max(newest, default=None)
    return found


def share(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def by_source(fill: Fill, total: Fill) -> str:
    """ "web 45 %, import 80 %": the sources that most records came from first."""
    if set(fill.by_source) <= {""}:
        return ""
    most = sorted(total.by_source.items(), key=lambda pair: -pair[1])
    return pgettext("between the words of a list", ", ").join(
        f"{_source(source)} {share(fill.by_source.get(source, 0), number)} %"
        for source, number in most
        if number
    )


def _source(source: str) -> str:
    return str(channel_words(source)) if source else _("not known")


def filled_by(thing: data_map.Thing, fed: dict[str, list[str]]) -> str:
    """The forms and sheets that bring it, or that nothing does."""
    if not thing.name.startswith(FIELD):
        return _("kept by itself")
    sources = fed.get(thing.name, [])
    if not sources:
        return _("nothing: only by hand")
    named = pgettext("between the words of a list", ", ").join(sources[:NAMED])
    more = len(sources) - NAMED
    return (
        named
        if more <= 0
        else _("%(named)s and %(n)d more") % {"named": named, "n": more}
    )


def shown_nouns() -> list[str]:
    hidden = CrmSettings.load().consumers_only
    return ["contact"] if hidden else ["contact", "organisation", "department"]


@register(
    "data_map",
    title=gettext_lazy("Data map"),
    formula=gettext_lazy(
        "What may be known, in eight cells: of which share of all current records it is"
        " known, also by where the contacts first came from, when it last came in, and"
        " which forms and sheets fill it. Counted once a day."
    ),
    personal=True,
)
def compute(user: Any = None) -> Result:
    things = data_map.things(user, nouns=shown_nouns())
    counted, fed = fills(), data_map.fed_by()
    places = list(data_map.Area.values)
    things.sort(key=lambda t: (places.index(t.area), not t.classifiable, t.noun))
    rows = [_row(thing, counted, fed) for thing in things]
    unfed = [
        t for t in things if t.name.startswith("attribute.") and not fed.get(t.name)
    ]
    return Result(
        headings=[
            _("Data area"),
            _("Kind"),
            _("What"),
            _("Describes"),
            _("Known of (%)"),
            _("Records"),
            _("By source"),
            _("Newest"),
            _("Filled by"),
        ],
        rows=rows,
        charts=[_cells(things, counted)],
        links={
            (row, RECORDS): people(group("none", _unknown(thing)))
            for row, thing in enumerate(things)
            if (thing.noun, thing.name.partition(".")[0]) == ("contact", "attribute")
        },
        figures={"things": len(things), "unfed": len(unfed)},
    )


def _unknown(thing: data_map.Thing) -> dict[str, Any]:
    key = thing.name.partition(".")[2]
    return condition("attribute", attribute=key, operator="empty")


def _row(thing: data_map.Thing, counted: Any, fed: dict[str, list[str]]) -> list[Any]:
    fill, total = counted[thing.noun, thing.name], counted[thing.noun, ""]
    newest = fill.newest_at and timezone.localtime(fill.newest_at)
    return [
        capfirst(str(data_map.Area(thing.area).label)),
        _kind(thing.classifiable),
        capfirst(str(thing.label)),
        capfirst(str(AttributeDefinition.Describes(thing.noun).label)),
        share(fill.number, total.number),
        fill.number,
        by_source(fill, total),
        date_format(newest, "SHORT_DATE_FORMAT") if newest else "–",
        filled_by(thing, fed),
    ]


def _kind(classifiable: bool) -> str:
    return _("classifiable") if classifiable else _("in their words")


def _cells(things: list[data_map.Thing], counted: Any) -> Any:
    """The mean of what is known of contacts in each cell."""
    total = counted["contact", ""].number
    areas = [str(data_map.Area(area).label) for area in data_map.Area.values]
    found = []
    for classifiable in (True, False):
        row = []
        for area, label in zip(data_map.Area.values, areas, strict=True):
            inside = [
                share(counted["contact", t.name].number, total)
                for t in things
                if (t.area, t.classifiable, t.noun) == (area, classifiable, "contact")
            ]
            mean = round(sum(inside) / len(inside)) if inside else 0
            text = f"{mean} %" if inside else "–"
            row.append(Item(f"{label}, {_kind(classifiable)}", mean, text))
        found.append(row)
    return grid(
        _("Known of contacts, on average (%)"),
        [_kind(True), _kind(False)],
        areas,
        found,
        label_heading=_("Cell"),
        value_heading=_("Known of (%)"),
    )
