"""A filter for every attribute, with the condition that it says."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import django_filters

from crm_plugin.contacts.fields import Field, attributes
from crm_plugin.segments.ready_made import condition, group
from crm_plugin.snippets.ranges import dates, numbers
from crm_plugin.snippets.value_filters import EMPTY, filter_of


def attribute_filters(
    user: Any,
) -> Iterator[tuple[str, django_filters.Filter, Callable[[Any], list]]]:
    """``(key, filter, says)`` of each attribute that *user* may use in a rule."""
    for field in attributes(user):
        if field.definition:
            yield field.definition.key, filter_of(field), partial(_says, field)


def _says(field: Field, value: Any) -> list[dict[str, Any]]:
    key = field.name.partition(".")[2]
    ask = partial(condition, "attribute", attribute=key)
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
