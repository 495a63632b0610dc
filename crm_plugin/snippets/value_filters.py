"""A filter for an attribute by its type, the same in every list."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.widgets import SuffixedMultiWidget
from wagtail.admin.active_filters import (
    BaseFilterAdapter,
    register_filter_adapter_class,
)

from crm_plugin.contacts.fields import Field
from crm_plugin.segments.stored import condition, group

from .ranges import Days, Number, dates, numbers

# A tick for those of whom nothing is known, beside the choices' own keys.
EMPTY = "-"
HOW = [
    ("contains", gettext_lazy("contains")),
    ("starts", gettext_lazy("starts with")),
]


class Text(NamedTuple):
    """What somebody looks for in a text, and where in it."""

    how: str
    text: str

    def __str__(self) -> str:
        return f"{self.text}…" if self.how == "starts" else f"…{self.text}…"


class TextWidget(SuffixedMultiWidget):
    """One box, and whether the text contains it or starts with it."""

    template_name = "wagtailadmin/widgets/range_input.html"
    suffixes = ["how", None]

    def __init__(self, attrs: Any = None) -> None:
        where = forms.Select({"aria-label": gettext_lazy("where")}, choices=HOW)
        box = forms.TextInput({"aria-label": gettext_lazy("this text")})
        super().__init__([where, box], attrs)

    def decompress(self, value: Text | None) -> list[Any]:
        return list(value) if value else [None, None]


class TextField(forms.MultiValueField):
    widget = TextWidget

    def __init__(self, **kwargs: Any) -> None:
        where = forms.ChoiceField(choices=HOW, required=False)
        box = forms.CharField(max_length=200, required=False)
        super().__init__([where, box], **kwargs)

    def compress(self, data_list: list) -> Text | None:
        how, text = data_list or ("", "")
        return Text(how or "contains", text) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Where to look says nothing without what to look for."""
        return bool(data and data[-1])


class TextFilter(django_filters.Filter):
    field_class = TextField


class TextAdapter(BaseFilterAdapter):
    """The pill of a text: both inputs go with it."""

    def get_active_filters(self) -> Iterator[Any]:
        for found in super().get_active_filters():
            both = [self.name, f"{self.name}_how"]
            yield found._replace(
                removed_filter_url=self.get_url_without_filter_param(both)
            )


register_filter_adapter_class(TextFilter, TextAdapter)


def filter_of(field: Field, **words: Any) -> django_filters.Filter:
    """The filter of *field*; *words* as django-filter's own take them.

    Its value: a list of keys, ``yes``, ``no`` or ``EMPTY``, a slice of numbers or of
    days, or ``Text``.
    """
    words = {"label": field.label, **words}
    unknown = [(EMPTY, _("(nothing known)"))]
    if field.type in {"choice", "multi_choice"}:
        return django_filters.MultipleChoiceFilter(
            **words, choices=[*field.choices, *unknown]
        )
    if field.type == "yes_no":
        answers = [("yes", _("yes")), ("no", _("no")), *unknown]
        return django_filters.ChoiceFilter(**words, choices=answers)
    kinds = {"number": Number, "date": Days}
    return kinds.get(field.type, TextFilter)(**words)


def in_a_rule(
    field: Field, value: Any, name: str = "attribute"
) -> list[dict[str, Any]]:
    """What a filter's *value* says, in conditions called *name*."""
    key = field.definition.key
    ask = partial(condition, name, attribute=key)
    if field.type in {"choice", "multi_choice"}:
        return _ticks(key, ask, value)
    if field.type == "yes_no":
        return [ask(operator="empty" if value == EMPTY else value)]
    if field.type == "number":
        return _span(ask, value)
    if field.type == "date":
        return [ask(operator="date", **dates(value))]
    return [ask(operator=value.how, text=value.text)]


def _ticks(key: str, ask: Callable, chosen: list[str]) -> list[dict[str, Any]]:
    keys = [f"{key}:{choice}" for choice in chosen if choice != EMPTY]
    said = [ask(operator="one_of", choices=keys)] if keys else []
    if EMPTY in chosen:
        said.append(ask(operator="empty"))
    return said if len(said) < 2 else [group("any", *said)]


def _span(ask: Callable, span: slice) -> list[dict[str, Any]]:
    said = numbers(span, exactly="number_is")
    if len(said) == 2:
        ends = {"number": str(span.start), "number_to": str(span.stop)}
        return [ask(operator="between", **ends)]
    return [ask(operator=operator, number=str(number)) for operator, number in said]
