"""Choosing a member of staff: by name, not by login."""

from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django_filters.fields import ModelChoiceField as FilterField

from crm_plugin import normalise


def active_staff() -> QuerySet:
    """Everybody who can log in, in a lasting order."""
    return get_user_model()._default_manager.filter(is_active=True).order_by("pk")


class StaffField(forms.ModelChoiceField):
    """One member of staff who can log in, unless another *queryset* is given."""

    def __init__(self, queryset: Any = None, **kwargs: Any) -> None:
        super().__init__(active_staff() if queryset is None else queryset, **kwargs)

    def label_from_instance(self, user: Any) -> str:
        return normalise.staff(user)


class _FilterField(FilterField):
    def label_from_instance(self, user: Any) -> str:
        return normalise.staff(user)


class StaffFilter(django_filters.ModelChoiceFilter):
    """A filter by a member of staff."""

    field_class = _FilterField
