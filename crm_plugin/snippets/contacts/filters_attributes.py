"""A filter for every attribute, with the condition that it says."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import django_filters

from crm_plugin.contacts.fields import attributes
from crm_plugin.snippets.value_filters import filter_of, in_a_rule


def attribute_filters(
    user: Any,
) -> Iterator[tuple[str, django_filters.Filter, Callable[[Any], list]]]:
    """``(key, filter, says)`` of each attribute that *user* may use in a rule."""
    for field in attributes(user):
        if field.definition:
            yield field.definition.key, filter_of(field), partial(in_a_rule, field)
