"""New contacts and their later sales, by where they came from and what they say."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts.models import Contact, HeardFrom
from crm_plugin.touchpoints.sources import channel_words
from crm_plugin.ui.charts import Item, bars

from .addresses import contact_list
from .kpi import Result, register

DAYS = 365
Row = tuple[str, str, int, int, Decimal]


def _new() -> QuerySet[Contact]:
    since = timezone.now() - dt.timedelta(days=DAYS)
    return Contact.objects.current().filter(created_at__gte=since)


def _by(column: str) -> list[Row]:
    """(code, code, new contacts, of them with a purchase, net sales since); a query."""
    rows = (
        _new()
        .order_by()
        .values_list(column)
        .annotate(
            number=Count("pk"),
            buyers=Count("pk", filter=Q(sales__count__gt=0)),
            net=Sum("sales__net"),
        )
        .order_by("-number", column)
    )
    return [(c or "", c or "", n, b, net or Decimal(0)) for c, n, b, net in rows]


def by_source() -> list[Row]:
    return [
        (code, channel_words(code) if code else str(_("not known")), *rest)
        for code, _code, *rest in _by("first_touch__channel")
    ]  # type: ignore[misc]


def by_heard_from() -> list[Row]:
    labels = dict(HeardFrom.choices)
    return [
        (code, str(labels.get(code, code)) if code else str(_("not asked")), *rest)
        for code, _code, *rest in _by("heard_from")
    ]  # type: ignore[misc]


@register(
    "sources",
    title=gettext_lazy("Where new contacts come from"),
    formula=gettext_lazy(
        "Contacts first recorded in the last 365 days, by the first recorded source and"
        " by how they say they heard of us; beside them how many have bought since, and"
        " their net sales so far."
    ),
)
def compute() -> Result:
    kinds: list[tuple[Any, Any, str, list[Row]]] = [
        (_("New contacts by source"), _("Source"), "source", by_source()),
        (
            _("New contacts by how they heard of us"),
            _("Heard of us from"),
            "heard_from",
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
            [heading, label, number, buyers, net]
            for _title, heading, _filter, rows in kinds
            for _code, label, number, buyers, net in rows
        ],
        charts=[
            bars(
                title,
                [
                    Item(label, n, url=contact_list(**{asked: code}) if code else "")
                    for code, label, n, _buyers, _net in rows
                ],
                label_heading=heading,
                value_heading=_("New contacts"),
            )
            for title, heading, asked, rows in kinds
        ],
    )
