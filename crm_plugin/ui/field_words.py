"""What the fields of a form say, as a person reads it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _


def initial(form: Any, name: str) -> Any:
    return form.get_initial_for_field(form.fields[name], name)


def in_words(form: Any, name: str) -> str:
    """What the record says in the field *name*, as a person reads it."""
    own = getattr(form, "in_words", None)
    value = initial(form, name)
    told = own(name, value) if own else None
    return told or _words(form.fields[name], value, _reader(form)) or "–"


def _reader(form: Any) -> Any:
    """Who reads it: what the form's author calls ``user``, or Wagtail ``for_user``."""
    return getattr(form, "user", None) or getattr(form, "for_user", None)


def _words(field: forms.Field, value: Any, user: Any) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ModelChoiceField):
        return _names(field, value, user)
    if isinstance(field, forms.ChoiceField):
        return str(_flat(field.choices).get(str(value), value))
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if hasattr(value, "get_prep_value"):
        return _("(was changed)")
    return str(field.prepare_value(value))


def _names(field: forms.ModelChoiceField, value: Any, user: Any) -> str:
    """The names of the records that *user* may see, "…" for each other one."""
    key = field.to_field_name or "pk"
    many = list(value) if isinstance(value, list | tuple | set) else [value]
    keys = [getattr(one, key) if isinstance(one, Model) else one for one in many]
    rows = field.queryset.model._default_manager.filter(**{f"{key}__in": keys})
    seen = rows
    if hasattr(rows, "visible_to"):
        seen = rows.visible_to(user) if user else rows.none()
    labels = [field.label_from_instance(row) for row in seen]
    return ", ".join(labels + ["…"] * (rows.count() - len(labels)))


def _flat(choices: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, label in choices:
        if isinstance(label, list | tuple):
            found |= _flat(label)
        else:
            found[str(key)] = label
    return found


def rows_label(formset: Any) -> str:
    model = getattr(formset, "model", None)
    if model is None:
        return str(getattr(formset, "label", ""))
    return capfirst(str(model._meta.verbose_name_plural))


def rows_in_words(formset: Any) -> str:
    told = [
        " ".join(
            _words(field, initial(row, name), _reader(row))
            for name, field in row.fields.items()
            if not field.widget.is_hidden and name not in ("ORDER", "DELETE")
        )
        for row in formset.initial_forms
    ]
    return ", ".join(" ".join(line.split()) for line in told if line.strip()) or "–"
