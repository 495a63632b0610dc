"""What can be asked of one value: operators, the filter they mean, and words."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_plugin import rules
from crm_plugin.contacts.models import AttributeChoice, AttributeDefinition
from crm_plugin.contacts.models.attributes import AttributeValue

Type = AttributeDefinition.Type
TEXTS = {"is", "contains", "starts"}
NUMBERS = {"number_is", "at_least", "at_most", "between"}
TRENDS = {"grew", "fell"}
TICKS = {"one_of", "all_of"}
PERIODS = {"date", "recorded"}
KEYS = {"one_of": "choices", "is": "text"}
OPERATORS = {
    "one_of": gettext_lazy("is one of"),
    "all_of": gettext_lazy("holds all of"),
    "is": gettext_lazy("is exactly"),
    "contains": gettext_lazy("contains"),
    "starts": gettext_lazy("starts with"),
    "number_is": gettext_lazy("equals"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "yes": gettext_lazy("is yes"),
    "no": gettext_lazy("is no"),
    "grew": gettext_lazy("grew year by year"),
    "fell": gettext_lazy("fell year by year"),
    "date": gettext_lazy("is a day"),
    "filled": gettext_lazy("is filled in"),
    "empty": gettext_lazy("is empty"),
    "recorded": gettext_lazy("was recorded or changed"),
}
BY_TYPE = {
    Type.TEXT: ["is", "contains", "starts"],
    Type.LONG_TEXT: ["contains", "starts"],
    Type.NUMBER: ["at_least", "at_most", "between", "number_is"],
    Type.YES_NO: ["yes", "no"],
    Type.DATE: ["date"],
    Type.CHOICE: ["one_of"],
    Type.MULTI_CHOICE: ["one_of", "all_of"],
}
ANY_TYPE = ["filled", "empty", "recorded"]


def operators_of(definition: AttributeDefinition) -> list[str]:
    """What the editor offers for it."""
    known = [*BY_TYPE[Type(definition.type)], *ANY_TYPE]
    trends = definition.dated and definition.type == Type.NUMBER
    return [*known, *sorted(TRENDS, reverse=True)] if trends else known


def known(
    table: Any, definition: AttributeDefinition, until: dt.date | None = None
) -> QuerySet:
    """All rows of the attribute, or those of periods that had begun on *until*."""
    rows = table.objects.filter(definition=definition)
    # A period is named as days are, as far as it goes: 2026, 2026-04.
    return rows if until is None else rows.filter(slot__lte=until.isoformat())


def standing(
    table: Any, definition: AttributeDefinition, until: dt.date | None = None
) -> QuerySet:
    """The rows that count: of a dated attribute, only each owner's newest period."""
    rows = known(table, definition, until)
    if not definition.dated:
        return rows
    slots = rows.filter(owner=OuterRef("owner")).order_by("-slot").values("slot")
    return rows.filter(slot=Subquery(slots[:1]))


def holding(
    table: Any,
    definition: AttributeDefinition,
    value: Any,
    at: dt.datetime,
    *,
    until: dt.date | None = None,
) -> QuerySet:
    """The rows of *table* for which *value* is true, but never for "is empty".

    With *until*, of a dated attribute only periods that had begun by then are read.
    """
    rows = standing(table, definition, until)
    if value["operator"] in TRENDS:
        return _running(rows, table, definition, value)
    if value["operator"] == "all_of":
        ids = _choice_ids(definition, value["choices"])
        ticked = rows.filter(choice__in=ids).order_by().values("owner_id")
        return ticked.annotate(crm_ticks=Count("pk")).filter(crm_ticks=len(ids))
    return rows.filter(where(definition, value, at))


def _running(
    rows: QuerySet, table: Any, definition: AttributeDefinition, value: Any
) -> QuerySet:
    """Newest years above (or below) the year before, so often in a row.

    A year without a figure breaks the row.
    """
    more = "lt" if value["operator"] == "grew" else "gt"
    years = value.get("years") or 1
    figures = table.objects.filter(definition=definition, number__isnull=False)
    figures = figures.order_by().annotate(year=YEAR)
    before = figures.filter(
        owner=OuterRef("owner"),
        year=OuterRef("year") - 1,
        **{f"number__{more}": OuterRef("number")},
    )
    steps = figures.filter(
        Exists(before),
        owner=OuterRef("owner"),
        year__lte=OuterRef("year"),
        year__gt=OuterRef("year") - years,
    )
    counted = steps.values("owner").annotate(steps=Count("pk")).values("steps")
    rows = rows.filter(number__isnull=False).annotate(year=YEAR)
    return rows.annotate(steps=Subquery(counted)).filter(steps=years)


# Slots that are no years have none; a database may look at every row.
YEAR = Case(
    When(slot__regex=r"^[0-9]{4}$", then=Cast(F("slot"), IntegerField())),
    default=None,
    output_field=IntegerField(),
)


def where(definition: AttributeDefinition, value: Any, at: dt.datetime) -> Q:
    """The filter on the value rows of one attribute."""
    operator, column = value["operator"], definition.column
    number = value.get("number")
    if operator == "one_of":
        return Q(choice__in=_choice_ids(definition, value["choices"]))
    if operator in {"yes", "no"}:
        return Q(number=1 if operator == "yes" else 0)
    if operator == "date":
        period = rules.periods.resolve(value, at)
        return Q(date__isnull=False, **period.days("date"))
    if operator == "recorded":
        return Q(**rules.periods.resolve(value, at).moments("updated_at"))
    return {
        "is": Q(text=value.get("text")),
        "contains": Q(**{f"{column}__icontains": value.get("text") or ""}),
        "starts": Q(**{f"{column}__istartswith": value.get("text") or ""}),
        "number_is": Q(number=number),
        "at_least": Q(number__gte=number),
        "at_most": Q(number__lte=number),
        "between": Q(number__gte=number, number__lte=value.get("number_to")),
        "filled": Q(**{f"{column}__isnull": False}),
    }[operator]


def span(value: Any, of: Any, *, single: bool) -> rules.Span | None:
    """What the value must be, or that there is one, or none.

    *single*: there is one value at most, not several choices.
    """
    operator, number = value["operator"], value.get("number")
    if operator == "empty":
        return rules.spans.some_or_none(of, none=True)
    if operator == "date":
        return rules.periods.span(of, value)
    if single and operator in KEYS:
        said = value[KEYS[operator]]
        return rules.spans.one_of(of, said if isinstance(said, list) else [said])
    limits = {
        "number_is": (number, number),
        "at_least": (number, None),
        "at_most": (None, number),
        "between": (number, value.get("number_to")),
        "yes": (1, 1),
        "no": (0, 0),
    }
    return rules.Span(of, *limits.get(operator, ()))


def _choice_ids(definition: AttributeDefinition, ticks: list[str]) -> list[int]:
    """``BrokenRule`` where one is gone: without it the rule would choose others."""
    found = ticked_choices(definition, ticks)
    keys = {tick.partition(":")[2] for tick in ticks}
    gone = keys - {choice.key for choice in found}
    if gone:
        words = {"name": definition, "keys": ", ".join(sorted(gone))}
        raise rules.BrokenRule(
            [_("“%(name)s” has no choice “%(keys)s” any more.") % words]
        )
    return [choice.pk for choice in found]


def ticked_choices(
    definition: AttributeDefinition, ticks: list[str]
) -> list[AttributeChoice]:
    keys = {tick.partition(":")[2] for tick in ticks}
    return [choice for choice in definition.choices.all() if choice.key in keys]


def choice_problems(definition: AttributeDefinition, ticks: list[str]) -> list[str]:
    if any(tick.partition(":")[0] != definition.key for tick in ticks):
        return [_("Tick choices of “%(name)s” only.") % {"name": definition}]
    return []


def words(value: Any, definition: AttributeDefinition | None) -> str:
    """What the attribute must be, in words."""
    operator = value["operator"]
    if operator in TICKS:
        ticked = ticked_choices(definition, value["choices"]) if definition else []
        between = _(" and ") if operator == "all_of" else _(" or ")
        return between.join(str(choice) for choice in ticked) or "…"
    if operator == "date":
        return rules.periods.phrase(value)
    if operator == "recorded":
        when = {"when": rules.periods.phrase(value)}
        return _("recorded or changed %(when)s") % when
    if operator in TRENDS:
        return _trend(operator, value.get("years") or 1)
    said = {
        "text": value.get("text") or "…",
        "number": _number(value.get("number")),
        "to": _number(value.get("number_to")),
    }
    return {
        "is": _("“%(text)s”"),
        "contains": _("contains “%(text)s”"),
        "starts": _("starts with “%(text)s”"),
        "number_is": _("%(number)s"),
        "at_least": _("at least %(number)s"),
        "at_most": _("at most %(number)s"),
        "between": _("%(number)s to %(to)s"),
        "yes": _("yes"),
        "no": _("no"),
        "filled": _("filled in"),
        "empty": _("empty"),
    }.get(operator, "…") % said


def _trend(operator: str, years: int) -> str:
    if operator == "grew":
        text = ngettext("grew in the last year", "grew %(n)d years running", years)
    else:
        text = ngettext("fell in the last year", "fell %(n)d years running", years)
    return text % {"n": years}


def _number(number: Any) -> str:
    return "…" if number is None else number_format(number.normalize())


def told(rows: Iterable[AttributeValue], value: Any) -> str:
    """The values in words, each with the day that the rule asks about."""
    return ", ".join(_told(row, value) for row in rows) or _("empty")


def _told(row: AttributeValue, value: Any) -> str:
    words = f"{row.slot} {display(row)}" if row.definition.dated else display(row)
    if value["operator"] == "recorded":
        day = date_format(timezone.localtime(row.updated_at), "SHORT_DATE_FORMAT")
        return _("%(words)s (recorded on %(day)s)") % {"words": words, "day": day}
    return words


def display(row: AttributeValue) -> str:
    if row.choice is not None:
        return str(row.choice)
    if row.date is not None:
        return date_format(row.date, "SHORT_DATE_FORMAT")
    if row.definition.type == Type.YES_NO:
        return _("yes") if row.number else _("no")
    if row.number is not None:
        return _number(row.number)
    return (row.text or row.long_text or "")[:80]
