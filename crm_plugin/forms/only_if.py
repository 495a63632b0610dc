"""Fields that are asked only if another field has a certain answer.

The server decides; a script only hides. Without script such a field is shown with the
words "only if …", and what was typed into it counts only when its condition holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm_plugin import normalise

_YES = {normalise.fold(word) for word in ("yes", "on", "true", "はい")}


@dataclass(frozen=True)
class OnlyIf:
    """Which field decides, and with which answers; without any, every answer does."""

    name: str
    label: str
    values: tuple[str, ...] = ()

    def words(self, field: forms.Field) -> str:
        """The condition as a visitor reads it; *field* is the one that decides."""
        if isinstance(field, forms.BooleanField):
            ticked = self.holds(field, True)
            text = _("Only if “%(label)s” is ticked.")
            text = text if ticked else _("Only if “%(label)s” is not ticked.")
            return text % {"label": self.label}
        if not self.values:
            return _("Only if “%(label)s” is filled in.") % {"label": self.label}
        between = pgettext("between alternatives", "” or “")
        said = {"label": self.label, "answers": between.join(self.values)}
        return _("Only if “%(label)s” is “%(answers)s”.") % said

    def keys(self, field: forms.Field) -> list[str]:
        """What a browser would send for the answers that count; [] means any."""
        wanted = {normalise.fold(value) for value in self.values}
        if isinstance(field, forms.BooleanField):
            return ["on"] if self.holds(field, True) else ["off"]
        if not hasattr(field, "choices"):
            return list(self.values)
        return [
            str(key)
            for key, label in field.choices
            if key != "" and {normalise.fold(key), normalise.fold(label)} & wanted
        ]

    def holds(self, field: forms.Field, value: Any) -> bool:
        """Whether the cleaned *value* of the deciding *field* is one that counts."""
        if isinstance(field, forms.BooleanField):
            yes = not self.values or bool(_folded(self.values) & _YES)
            return bool(value) is yes
        if value is None or value == "" or value == []:
            return False
        if not self.values:
            return True
        said = {normalise.fold(item) for item in _listed(value)}
        return bool(said & _folded([*self.values, *self.keys(field)]))


def _folded(values: Iterable[str]) -> set[str]:
    return {normalise.fold(value) for value in values}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set) else [value]


def conditions_of(rows: Iterable[Any]) -> dict[str, OnlyIf]:
    """{clean name: its condition}, for the rows that have one that can be read.

    A field is named by its label, as the editor sees it. One that is not there, or
    stands further below, decides nothing: the field is then always asked.
    """
    found: dict[str, OnlyIf] = {}
    above: dict[str, str] = {}
    for row in rows:
        name = clean_name(row)
        decider = normalise.fold(getattr(row, "only_if", ""))
        if decider in above:
            values = split_values(getattr(row, "only_if_value", ""))
            label = normalise.text(row.only_if)
            found[name] = OnlyIf(above[decider], label, tuple(values))
        above.setdefault(normalise.fold(row.label), name)
    return found


def clean_name(row: Any) -> str:
    """The name of a row's input; a row that is not saved yet has none of its own."""
    return row.clean_name or row.get_field_clean_name()


def split_values(text: str) -> list[str]:
    """The answers that an editor typed, one in a line."""
    lines = (normalise.text(line) for line in text.splitlines())
    return [line for line in lines if line]


def idle(form: Any) -> frozenset[str]:
    """The names of the fields that *form* does not ask, by what it holds so far."""
    unasked: set[str] = set()
    values: dict[str, Any] = {}
    for name in form.fields:
        condition = form.only_ifs.get(name)
        if condition is None or condition.name not in form.fields:
            continue
        decider = condition.name
        if decider not in values:
            values[decider] = _value(form, decider)
        holds = condition.holds(form.fields[decider], values[decider])
        if decider in unasked or not holds:
            unasked.add(name)
    return frozenset(unasked)


def _value(form: Any, name: str) -> Any:
    """The cleaned value of one field; None where it is blank or wrong."""
    field = form.fields[name]
    if form.is_bound:
        raw = field.widget.value_from_datadict(form.data, form.files, name)
    else:
        raw = form.get_initial_for_field(field, name)
    try:
        return field.clean(raw)
    except ValidationError:
        return None
