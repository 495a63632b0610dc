"""A rule in the address of the list: whom a figure of a report counts.

Every figure can lead to its people that way, and from there to a segment, a change of
all or a file. It is checked like a rule that somebody wrote: unknown conditions and
those about sensitive things without the right are refused.
"""

import json
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.active_filters import (
    BaseFilterAdapter,
    register_filter_adapter_class,
)

from crm_plugin import rules

LONGEST = 4_000


class RuleInput(forms.TextInput):
    """Said by reports, not typed: it travels with the other filters."""

    input_type = "hidden"

    @property
    def is_hidden(self) -> bool:
        return True


class RuleFormField(forms.CharField):
    widget = RuleInput

    def __init__(self, *, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(max_length=LONGEST, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return _read(text, self.user) if text else []


def _read(text: str, user: Any) -> list[dict[str, Any]]:
    """The stored form of a rule, fit to be evaluated for *user*."""
    try:
        rule = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This address names nobody.")) from error
    if found := rules.problems(rule, user) or rules.why_broken(rule):
        raise ValidationError(found)
    return rule


class RuleFilter(django_filters.Filter):
    field_class = RuleFormField


class RuleAdapter(BaseFilterAdapter):
    """The pill says the rule as a sentence."""

    def get_active_filters(self) -> Any:
        for found in super().get_active_filters():
            yield found._replace(value=rules.sentence(self.value))


register_filter_adapter_class(RuleFilter, RuleAdapter)
