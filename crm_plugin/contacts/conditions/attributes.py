"""One condition for every attribute that staff added, read at request time."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import (
    AttributeChoice,
    AttributeDefinition,
    ContactValue,
)

Type = AttributeDefinition.Type
TEXTS, NUMBERS = {"is", "contains"}, {"number_is", "at_least", "at_most", "between"}
OPERATORS = {
    "one_of": gettext_lazy("is one of"),
    "is": gettext_lazy("is exactly"),
    "contains": gettext_lazy("contains"),
    "number_is": gettext_lazy("equals"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "yes": gettext_lazy("is yes"),
    "no": gettext_lazy("is no"),
    "date": gettext_lazy("is a day"),
    "filled": gettext_lazy("is filled in"),
    "empty": gettext_lazy("is empty"),
}
BY_TYPE = {
    Type.TEXT: ["is", "contains", "filled", "empty"],
    Type.LONG_TEXT: ["contains", "filled", "empty"],
    Type.NUMBER: ["at_least", "at_most", "between", "number_is", "filled", "empty"],
    Type.YES_NO: ["yes", "no", "empty"],
    Type.DATE: ["date", "filled", "empty"],
    Type.CHOICE: ["one_of", "filled", "empty"],
    Type.MULTI_CHOICE: ["one_of", "filled", "empty"],
}


def offered(sensitive: bool = True) -> QuerySet[AttributeDefinition]:
    """The attributes of contacts that a rule may read, switched off ones included."""
    definitions = AttributeDefinition.objects.describing("contact")
    return definitions if sensitive else definitions.filter(sensitive=False)


def definition_of(value: rules.registry.Values) -> AttributeDefinition:
    """The attribute that *value* names; ``BrokenRule`` when it is gone or off."""
    found = _named(value)
    if found is None:
        words = {"key": value["attribute"]}
        raise rules.BrokenRule([_("The attribute “%(key)s” is gone.") % words])
    if not found.active:
        raise rules.BrokenRule(
            [_("The attribute “%(name)s” is switched off.") % {"name": found}]
        )
    return found


def _named(value: rules.registry.Values) -> AttributeDefinition | None:
    key = value["attribute"]
    found = rules.find(AttributeDefinition, key, prefetch=("choices",))
    return found if found and "contact" in found.nouns else None


def choices_by_attribute(sensitive: bool = True) -> Iterator[tuple[str, list]]:
    """``(attribute, [("taste:lunch", "Lunch"), …])`` for every choice attribute."""
    definitions = offered(sensitive).prefetch_related("choices")
    for definition in definitions:
        ticks = [
            (f"{definition.key}:{choice.key}", str(choice))
            for choice in definition.choices.all()
        ]
        if ticks:
            yield str(definition), ticks


class AttributeBlock(rules.PeriodBlock):
    """The fields that the chosen attribute's type needs; the editor hides the rest."""

    operator = blocks.ChoiceBlock(
        choices=list(OPERATORS.items()), label=gettext_lazy("must be")
    )
    text = blocks.CharBlock(
        required=False, max_length=200, label=gettext_lazy("this text")
    )
    number = blocks.DecimalBlock(required=False, label=gettext_lazy("this number"))
    number_to = blocks.DecimalBlock(required=False, label=gettext_lazy("and"))
    when = rules.periods.when("last", "before", "ago", "next", "dates")

    shown = {
        "text": {"operator": TEXTS},
        "number": {"operator": NUMBERS},
        "number_to": {"operator": {"between"}},
        "choices": {"operator": {"one_of"}},
        "when": {"operator": {"date"}},
        **{
            name: {"operator": {"date"}, **needs}
            for name, needs in rules.periods.SHOWN.items()
        },
    }

    class Meta:
        form_layout = [
            *("attribute", "operator", "choices", "text", "number", "number_to"),
            *rules.periods.FIELDS,
        ]

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        self.sensitive = sensitive
        attribute = rules.RecordChoiceBlock(
            partial(offered, sensitive), label=gettext_lazy("attribute")
        )
        choices = rules.KeyChoicesBlock(
            choices=partial(choices_by_attribute, sensitive),
            required=False,
            default=[],
            widget=forms.CheckboxSelectMultiple,
            label=gettext_lazy("choices"),
        )
        super().__init__([("attribute", attribute), ("choices", choices)], **kwargs)

    def editor_data(self) -> dict[str, Any]:
        types = offered(self.sensitive).values_list("key", "type")
        return {"operators": {key: BY_TYPE[Type(kind)] for key, kind in types}}


@rules.register
class HasAttribute(rules.Condition):
    name = "attribute"
    label = gettext_lazy("Attribute")
    icon = "tag"
    group = gettext_lazy("The person")
    aspects = frozenset({"attributes"})

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return AttributeBlock(
            sensitive=sensitive, label=self.label, icon=self.icon, group=self.group
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        definition = definition_of(value)
        rows = ContactValue.objects.filter(definition=definition)
        if value["operator"] == "empty":
            return rules.everyone_but(rows.values("owner_id"))
        return rows.filter(_where(definition, value, at)).values("owner_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return super().next_change(value, at) if value["operator"] == "date" else None

    def problems(self, value: Any, user: Any) -> list[str]:
        try:
            definition = definition_of(value)
        except rules.BrokenRule as error:
            return error.problems
        if value["operator"] not in BY_TYPE[Type(definition.type)]:
            return [_("“%(name)s” cannot be asked that.") % {"name": definition}]
        if value["operator"] == "one_of":
            return _choice_problems(definition, value["choices"])
        pair = (value.get("number"), value.get("number_to"))
        if value["operator"] == "between" and None not in pair and pair[0] > pair[1]:
            return [_("The first number must be the smaller one.")]
        return super().problems(value, user) if value["operator"] == "date" else []

    def reads_sensitive(self, value: Any) -> bool:
        definition = _named(value)
        return definition is not None and definition.sensitive

    def sentence(self, value: Any) -> str:
        definition = _named(value)
        name = definition or value["attribute"] or "…"
        words = {"name": name, "words": _words(value, definition)}
        return _("%(name)s: %(words)s") % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = ContactValue.objects.filter(
            owner=contact_id, definition=definition_of(value)
        ).select_related("definition", "choice")
        return ", ".join(_display(row) for row in rows) or _("empty")


def _where(definition: AttributeDefinition, value: Any, at: dt.datetime) -> Q:
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
    return {
        "is": Q(text=value.get("text")),
        "contains": Q(**{f"{column}__icontains": value.get("text") or ""}),
        "number_is": Q(number=number),
        "at_least": Q(number__gte=number),
        "at_most": Q(number__lte=number),
        "between": Q(number__gte=number, number__lte=value.get("number_to")),
        "filled": Q(**{f"{column}__isnull": False}),
    }[operator]


def _choice_ids(definition: AttributeDefinition, ticks: list[str]) -> list[int]:
    return [choice.pk for choice in _ticked(definition, ticks)]


def _ticked(definition: AttributeDefinition, ticks: list[str]) -> list[AttributeChoice]:
    keys = {tick.partition(":")[2] for tick in ticks}
    return [choice for choice in definition.choices.all() if choice.key in keys]


def _choice_problems(definition: AttributeDefinition, ticks: list[str]) -> list[str]:
    if any(tick.partition(":")[0] != definition.key for tick in ticks):
        return [_("Tick choices of “%(name)s” only.") % {"name": definition}]
    return []


def _words(value: Any, definition: AttributeDefinition | None) -> str:
    """What the attribute must be, in words."""
    operator = value["operator"]
    if operator == "one_of":
        ticked = _ticked(definition, value["choices"]) if definition else []
        return _(" or ").join(str(choice) for choice in ticked) or "…"
    if operator == "date":
        return rules.periods.phrase(value)
    words = {
        "text": value.get("text") or "…",
        "number": _number(value.get("number")),
        "to": _number(value.get("number_to")),
    }
    return {
        "is": _("“%(text)s”"),
        "contains": _("contains “%(text)s”"),
        "number_is": _("%(number)s"),
        "at_least": _("at least %(number)s"),
        "at_most": _("at most %(number)s"),
        "between": _("%(number)s to %(to)s"),
        "yes": _("yes"),
        "no": _("no"),
        "filled": _("filled in"),
        "empty": _("empty"),
    }.get(operator, "…") % words


def _number(number: Any) -> str:
    return "…" if number is None else number_format(number.normalize())


def _display(row: ContactValue) -> str:
    if row.choice is not None:
        return str(row.choice)
    if row.date is not None:
        return date_format(row.date, "SHORT_DATE_FORMAT")
    if row.definition.type == Type.YES_NO:
        return _("yes") if row.number else _("no")
    if row.number is not None:
        return _number(row.number)
    return (row.text or row.long_text or "")[:80]
