"""Form fields made from the field registry: one widget per type, cleaned there."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput

from crm_plugin.contacts import cleaning
from crm_plugin.contacts.fields import Field, Refused

UNSAID = ("", "–")
ANSWERS = (UNSAID, ("yes", _("yes")), ("no", _("no")))


class RegistryField(forms.Field):
    """Cleans with ``Field.clean``, so that a screen refuses what an import refuses.

    A choice that is no longer offered stays where it is *held*, until it is changed.
    """

    def __init__(self, spec: Field, *, held: Any = None, **kwargs: Any) -> None:
        super().__init__(
            label=str(spec.label)[:1].upper() + str(spec.label)[1:],
            help_text=spec.help_text,
            required=False,
            widget=widget_for(spec, held),
            initial=held,
            **kwargs,
        )
        self.spec = spec

    def clean(self, value: Any) -> Any:
        try:
            return self.spec.clean(value)
        except Refused as error:
            raise forms.ValidationError(error.reason) from error

    def prepare_value(self, value: Any) -> Any:
        if self.spec.type == "yes_no" and isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Decimal):
            return cleaning.short(value)
        return value


def widget_for(spec: Field, held: Any = None) -> forms.Widget:
    if spec.type == "choice":
        return forms.Select(choices=(UNSAID, *_offered(spec, held)))
    if spec.type == "yes_no":
        return forms.Select(choices=ANSWERS)
    if spec.type == "multi_choice":
        return forms.CheckboxSelectMultiple(choices=_offered(spec, held))
    if spec.type == "date":
        return AdminDateInput()
    if spec.type == "long_text":
        return AdminAutoHeightTextInput(attrs={"rows": 2})
    modes = {"number": "decimal", "email": "email", "phone": "tel"}
    attrs = {"inputmode": modes[spec.type]} if spec.type in modes else {}
    return forms.TextInput(attrs={**attrs, "autocomplete": "off"})


def _offered(spec: Field, held: Any) -> list[tuple[str, Any]]:
    """The choices, and what the record holds although it is no longer offered."""
    stored = held if isinstance(held, list) else [held]
    known = dict(spec.choices)
    retired = [
        (key, _("%(choice)s (no longer offered)") % {"choice": spec.labels[key]})
        for key in stored
        if key and key not in known and key in spec.labels
    ]
    return [*spec.choices, *retired]


def html_name(name: str) -> str:
    """The name of an input: a dot would be in the way of style sheets and scripts."""
    return name.replace(".", "__")


class RegistryForm(forms.Form):
    """A form over registered fields; ``values()`` gives them by registry name.

    Attributes with a value per year have a form of their own.
    """

    def __init__(
        self, *args: Any, specs: list[Field], held: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        plain = [s for s in specs if not (s.definition and s.definition.dated)]
        self.specs = {html_name(spec.name): spec for spec in plain}
        for name, spec in self.specs.items():
            self.fields[name] = RegistryField(spec, held=held.get(spec.name))

    def values(self) -> dict[str, Any]:
        return {spec.name: self.cleaned_data[n] for n, spec in self.specs.items()}

    def in_words(self, name: str, value: Any) -> str:
        """What the record says, as a person reads it; "" for what is no such field."""
        spec = self.specs.get(name)
        return spec.display(value) if spec and value is not None else ""

    def group(self, *prefixes: str) -> list[forms.BoundField]:
        """The fields whose registry name starts with one of *prefixes*."""
        return [
            self[name]
            for name, spec in self.specs.items()
            if spec.name.startswith(prefixes)
        ]

    def attribute_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Attributes under the headings that their definitions give."""
        groups: dict[str, list[forms.BoundField]] = {}
        for name, spec in self.specs.items():
            if spec.definition:
                groups.setdefault(spec.group, []).append(self[name])
        return list(groups.items())
