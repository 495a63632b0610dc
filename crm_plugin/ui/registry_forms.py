"""Form fields made from the field registry: one widget per type, cleaned there."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput

from crm_plugin.contacts.fields import Field, Refused

UNSAID = ("", "–")
ANSWERS = (UNSAID, ("yes", _("yes")), ("no", _("no")))


class RegistryField(forms.Field):
    """Cleans with ``Field.clean``, so that a screen refuses what an import refuses."""

    def __init__(self, spec: Field, **kwargs: Any) -> None:
        super().__init__(
            label=str(spec.label)[:1].upper() + str(spec.label)[1:],
            help_text=spec.help_text,
            required=False,
            widget=widget_for(spec),
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
        return value


def widget_for(spec: Field) -> forms.Widget:
    if spec.type == "choice":
        return forms.Select(choices=(UNSAID, *spec.choices))
    if spec.type == "yes_no":
        return forms.Select(choices=ANSWERS)
    if spec.type == "multi_choice":
        return forms.CheckboxSelectMultiple(choices=spec.choices)
    if spec.type == "date":
        return AdminDateInput()
    if spec.type == "long_text":
        return AdminAutoHeightTextInput(attrs={"rows": 2})
    modes = {"number": "decimal", "email": "email", "phone": "tel"}
    attrs = {"inputmode": modes[spec.type]} if spec.type in modes else {}
    return forms.TextInput(attrs={**attrs, "autocomplete": "off"})


def html_name(name: str) -> str:
    """The name of an input: a dot would be in the way of style sheets and scripts."""
    return name.replace(".", "__")


class RegistryForm(forms.Form):
    """A form over registered fields; ``values()`` gives them by registry name."""

    def __init__(
        self, *args: Any, specs: list[Field], held: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.specs = {html_name(spec.name): spec for spec in specs}
        for name, spec in self.specs.items():
            self.fields[name] = RegistryField(spec, initial=held.get(spec.name))

    def values(self) -> dict[str, Any]:
        return {spec.name: self.cleaned_data[n] for n, spec in self.specs.items()}

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
