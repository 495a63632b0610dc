"""New contacts and their later sales, by where they came from and what they say."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import (
    Coalesce,
    Concat,
    Left,
    Lower,
    Replace,
    StrIndex,
    Substr,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact, HeardFrom
from crm_plugin.touchpoints.models import Phase
from crm_plugin.touchpoints.sources import channel_words, source_words
from crm_plugin.ui.addresses import contact_list
from crm_plugin.ui.charts import Item, bars

from .kpi import Result, register

DAYS = 365
# So many sources have a row of their own; all others together have one.
MOST = 20
NUMBERS: dict[str, Any] = {
    "number": Count("pk"),
    "buyers": Count("pk", filter=Q(sales__count__gt=0)),
    "net": Sum("sales__net"),
}

_referrer = Replace(Lower("first_touch__referrer"), Value("://www."), Value("://"))
_address = Concat(_referrer, Value("/"))
_behind = Substr(_address, StrIndex(_address, Value("://")) + 3)
HOST = Left(_behind, StrIndex(_behind, Value("/")) - 1)
# Which one of a channel: what the link said of itself, else the site that led here.
WHICH = Case(
    When(first_touch__source__gt="", then="first_touch__source"),
    When(first_touch__referrer__contains="://", then=HOST),
    default=Value(""),
    output_field=CharField(),
)


class Row(NamedTuple):
    """How many are new, how many of them bought, and their net sales since."""

    label: str
    number: int
    buyers: int
    net: Decimal
    # The filters with which the list of contacts shows exactly these.
    asked: dict[str, str] = {}


def _new() -> QuerySet[Contact]:
    since = timezone.now() - dt.timedelta(days=DAYS)
    return Contact.objects.current().filter(created_at__gte=since)


def _by(**columns: Any) -> QuerySet:
    """(each of *columns*, new contacts, buyers, net sales), the most first; a query."""
    rows = _new().order_by().annotate(**columns).values_list(*columns)
    return rows.annotate(**NUMBERS).order_by("-number", *columns)


def by_channel() -> list[Row]:
    """By the channel of the first contact, whichever source of it."""
    return [
        Row(
            channel_words(channel) if channel else str(_("not known")),
            number,
            buyers,
            net or Decimal(0),
        )
        for channel, number, buyers, net in _by(channel=F("first_touch__channel"))
    ]


def by_source() -> list[Row]:
    by = _by(
        channel=F("first_touch__channel"),
        said=Coalesce("first_touch__source", Value("")),
        which=WHICH,
    )
    found = list(by[: MOST + 1])
    shown, cut = found[:MOST], len(found) > MOST
    rows_of = Counter(channel for channel, *_rest in found)
    rows = []
    for channel, said, which, number, buyers, net in shown:
        asked = {"came_by": channel, "source": said} if said else {}
        if channel and not cut and rows_of[channel] == 1:
            asked = {"source": channel}
        label = source_words(channel, which) if channel else str(_("not known"))
        rows.append(Row(label, number, buyers, net or Decimal(0), asked))
    return [*rows, *(_others(rows) if cut else [])]


def _others(shown: list[Row]) -> list[Row]:
    """Everybody whose source has no row of its own; a query."""
    all_of_them = _new().aggregate(**NUMBERS)
    return [
        Row(
            str(_("other sources")),
            all_of_them["number"] - sum(row.number for row in shown),
            all_of_them["buyers"] - sum(row.buyers for row in shown),
            (all_of_them["net"] or Decimal(0)) - sum(row.net for row in shown),
        )
    ]


def by_heard_from() -> list[Row]:
    labels = dict(HeardFrom.choices)
    return [
        Row(
            str(labels.get(code, code)) if code else str(_("not asked")),
            number,
            buyers,
            net or Decimal(0),
            {"heard_from": code} if code else {},
        )
        for code, number, buyers, net in _by(heard=F("heard_from"))
    ]


@register(
    "sources",
    title=gettext_lazy("Where new contacts come from"),
    formula=gettext_lazy(
        "Contacts first recorded in the last 365 days, by the channel of their first"
        " contact, by its source and by how they say they heard of us; beside them how many have bought since, and"
        " their net sales so far. A source is named by its link (utm_source), else by"
        " the site that led here; from the twenty-first on they are told together."
    ),
    phase=Phase.MARKETING,
)
def compute() -> Result:
    kinds: list[tuple[Any, Any, list[Row]]] = [
        (_("New contacts by first channel"), _("First channel"), by_channel()),
        (_("New contacts by source"), _("Source"), by_source()),
        (
            _("New contacts by how they heard of us"),
            _("Heard of us from"),
            by_heard_from(),
        ),
    ]
    return Result(
        headings=[
            _("By"),
            _("Which"),
            _("New contacts"),
            _("of them bought"),
            _("Net sales since"),
        ],
        rows=[
            [heading, row.label, row.number, row.buyers, row.net]
            for _title, heading, rows in kinds
            for row in rows
        ],
        charts=[
            bars(
                title,
                [
                    Item(
                        row.label,
                        row.number,
                        url=contact_list(**row.asked) if row.asked else "",
                    )
                    for row in rows
                ],
                label_heading=heading,
                value_heading=_("New contacts"),
            )
            for title, heading, rows in kinds
        ],
    )
