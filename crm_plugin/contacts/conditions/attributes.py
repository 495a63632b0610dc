"""One condition for every attribute that staff added, read at request time."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import (
    AttributeChoice,
    AttributeDefinition,
    ContactValue,
)

from .values import (
    NUMBERS,
    OPERATORS,
    PERIODS,
    TEXTS,
    TICKS,
    TRENDS,
    Type,
    choice_problems,
    holding,
    known,
    operators_of,
    span,
    told,
    words,
)

MOST = 10**15
COMING = {"next", "next_month"}
Offered = Callable[[bool], QuerySet[AttributeDefinition]]


def offered(sensitive: bool = True) -> QuerySet[AttributeDefinition]:
    """The attributes of contacts that a rule may read, switched off ones included."""
    definitions = AttributeDefinition.objects.describing("contact")
    return definitions if sensitive else definitions.filter(sensitive=False)


def definition_of(
    value: rules.registry.Values, nouns: Collection[str] = ("contact",)
) -> AttributeDefinition:
    """The attribute that *value* names; ``BrokenRule`` when it is gone or off."""
    found = named(value, nouns)
    if found is None:
        gone = {"key": value["attribute"]}
        raise rules.BrokenRule([_("The attribute “%(key)s” is gone.") % gone])
    if not found.active:
        raise rules.BrokenRule(
            [_("The attribute “%(name)s” is switched off.") % {"name": found}]
        )
    return found


def named(
    value: rules.registry.Values, nouns: Collection[str]
) -> AttributeDefinition | None:
    """The attribute, on or off, if it describes one of *nouns*."""
    key = value["attribute"]
    found = rules.find(AttributeDefinition, key, prefetch=("choices",))
    return found if found and set(nouns) & set(found.nouns) else None


def choices_by_attribute(
    offered: Offered = offered, sensitive: bool = True
) -> Iterator[tuple[str, list]]:
    """``(attribute, [("taste:lunch", "Lunch"), …])`` for every choice attribute."""
    definitions = offered(sensitive).prefetch_related("choices")
    for definition in definitions:
        ticks = [
            (f"{definition.key}:{choice.key}", str(choice))
            for choice in definition.choices.all()
        ]
        if ticks:
            yield str(definition), ticks


def _number(label: Any) -> blocks.DecimalBlock:
    """What the column of numbers can hold."""
    return blocks.DecimalBlock(
        required=False, min_value=-MOST, max_value=MOST, label=label
    )


class AttributeBlock(rules.PeriodBlock):
    """The fields that the chosen attribute's type needs; the editor hides the rest."""

    operator = blocks.ChoiceBlock(
        choices=list(OPERATORS.items()), label=gettext_lazy("must be")
    )
    text = blocks.CharBlock(
        required=False, max_length=200, label=gettext_lazy("this text")
    )
    number = _number(gettext_lazy("this number"))
    number_to = _number(gettext_lazy("and"))
    years = blocks.IntegerBlock(
        required=False,
        default=2,
        min_value=1,
        max_value=10,
        label=gettext_lazy("years running"),
    )
    when = rules.periods.when(
        "last", "before", "ago", "next", "dates", *rules.periods.CALENDAR, "next_month"
    )

    shown = {
        "text": {"operator": TEXTS},
        "number": {"operator": NUMBERS},
        "number_to": {"operator": {"between"}},
        "choices": {"operator": TICKS},
        "years": {"operator": TRENDS},
        **rules.periods.shown_by("operator", PERIODS),
    }

    class Meta:
        form_layout = [
            *("attribute", "operator", "choices", "text", "number", "number_to"),
            "years",
            *rules.periods.FIELDS,
        ]

    def __init__(
        self, *, sensitive: bool = True, offered: Offered = offered, **kwargs: Any
    ) -> None:
        self.offered = partial(offered, sensitive)
        attribute = rules.RecordChoiceBlock(
            self.offered, label=gettext_lazy("attribute")
        )
        choices = rules.KeyChoicesBlock(
            choices=partial(choices_by_attribute, offered, sensitive),
            of=AttributeChoice,
            required=False,
            default=[],
            widget=forms.CheckboxSelectMultiple,
            label=gettext_lazy("choices"),
        )
        super().__init__([("attribute", attribute), ("choices", choices)], **kwargs)

    def editor_data(self) -> dict[str, Any]:
        return {"operators": {row.key: operators_of(row) for row in self.offered()}}


class AttributeCondition(rules.Condition):
    """What every condition on a value shares; give ``nouns`` and ``contacts``."""

    icon = "tag"
    aspects = frozenset({"attributes"})
    nouns: tuple[str, ...] = ("contact",)

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return AttributeBlock(
            sensitive=sensitive,
            offered=self.attributes,
            label=self.label,
            icon=self.icon,
            group=self.group,
        )

    def attributes(self, sensitive: bool = True) -> QuerySet[AttributeDefinition]:
        return offered(sensitive)

    def definition(self, value: Any) -> AttributeDefinition:
        return definition_of(value, self.nouns)

    def past(self, value: Any) -> rules.Past:
        """A dated attribute keeps its periods, any other only what holds now."""
        definition = self.definition(value)
        if definition.dated and value.get("operator") not in (None, "recorded"):
            return rules.Past(source=_("the periods of “%(n)s”") % {"n": definition})
        text = _("Earlier values of “%(name)s” are not kept with their days.")
        return rules.Past(why_not=text % {"name": definition})

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        moving = value["operator"] in PERIODS
        return super().next_change(value, at) if moving else None

    def problems(self, value: Any, user: Any) -> list[str]:
        try:
            definition = self.definition(value)
        except rules.BrokenRule as error:
            return error.problems
        if value["operator"] not in operators_of(definition):
            return [_("“%(name)s” cannot be asked that.") % {"name": definition}]
        if value["operator"] in TICKS:
            return choice_problems(definition, value["choices"])
        pair = (value.get("number"), value.get("number_to"))
        if value["operator"] == "between" and None not in pair and pair[0] > pair[1]:
            return [_("The first number must be the smaller one.")]
        if value["operator"] == "recorded" and value.get("when") in COMING:
            return [_("Choose days of the past.")]
        return super().problems(value, user) if value["operator"] in PERIODS else []

    def reads_sensitive(self, value: Any) -> bool:
        definition = named(value, self.nouns)
        return definition is not None and definition.sensitive

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {(noun, f"attribute.{value['attribute']}") for noun in self.nouns}

    def sentence(self, value: Any) -> str:
        definition = named(value, self.nouns)
        name = definition or value["attribute"] or "…"
        return _("%(name)s: %(words)s") % {
            "name": name,
            "words": words(value, definition),
        }


@rules.register
class HasAttribute(AttributeCondition):
    name = "attribute"
    label = gettext_lazy("Attribute")
    group = gettext_lazy("The person")

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        definition = self.definition(value)
        if value["operator"] == "empty":
            rows = ContactValue.objects.filter(definition=definition)
            return rules.everyone_but(rows.values("owner_id"))
        return holding(ContactValue, definition, value, at).values("owner_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        definition, day = self.definition(value), rules.periods.today(at)
        if value["operator"] == "empty":
            rows = known(ContactValue, definition, day)
            return rules.everyone_but(rows.values("owner_id"))
        found = holding(ContactValue, definition, value, at, until=day)
        return found.values("owner_id")

    def span(self, value: Any) -> rules.Span | None:
        definition = named(value, self.nouns)
        several = definition is None or definition.type == Type.MULTI_CHOICE
        return span(value, (self.name, value["attribute"]), single=not several)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        definition = self.definition(value)
        rows = ContactValue.objects.filter(owner=contact_id, definition=definition)
        rows = rows.select_related("definition", "choice").order_by("slot")
        return told(rows, value)
