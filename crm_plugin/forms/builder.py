"""From an editor's field rows to a form that everybody can fill in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import BaseForm, FormBuilder

from crm_plugin.contacts.fields import Refused

from . import mapping
from .fields import (
    DateField,
    EmailField,
    KanaField,
    LongTextField,
    PhoneField,
    TextField,
)

GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)
MOST_RADIOS = 6


class VisitorForm(BaseForm):
    """The form of a page; the consent tick is its only field without a row."""

    # Fields that the template draws itself, apart from the editor's.
    apart: tuple[str, ...] = ("crm_consent",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wording = getattr(self.page, "tick_wording", "")
        if wording:
            self.fields["crm_consent"] = forms.BooleanField(
                label=wording, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(self.answered()):
            raise ValidationError(_("Please fill in at least one field."), code="empty")
        return cleaned

    def answered(self) -> list[str]:
        """The names of the editor's fields that hold something."""
        return [
            name
            for name in self.mapped_names
            if self.cleaned_data.get(name) not in (None, "", [], False)
        ]

    @property
    def mapped_names(self) -> list[str]:
        return [n for n, field in self.fields.items() if hasattr(field, "maps_to")]

    def bound_fields(self) -> list[forms.BoundField]:
        """What the template shows field by field; the tick stands by the button."""
        return [self[name] for name in self.fields if name not in self.apart]

    def consent_field(self) -> forms.BoundField | None:
        return self["crm_consent"] if "crm_consent" in self.fields else None

    def error_links(self) -> list[tuple[str, str]]:
        """(anchor, message) for the summary at the top, in the form's order."""
        links = [("", message) for message in self.non_field_errors()]
        for bound in self:
            anchor = first_id(bound)
            links += [(anchor, f"{bound.label}: {text}") for text in bound.errors]
        return links


def typed_so_far(form: VisitorForm, request: Any) -> dict[str, Any]:
    """What a post holds, as initial values: to show a form again without judging it."""
    return {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in form.fields.items()
    }


def first_id(bound: forms.BoundField) -> str:
    """The id that a link to this field may jump to: a group's first choice."""
    is_group = isinstance(bound.field.widget, GROUPS)
    return f"{bound.auto_id}_0" if is_group else bound.auto_id


class CrmFormBuilder(FormBuilder):
    """Wagtail's builder with kinder fields, and types that follow the mapping."""

    def __init__(self, fields: Iterable[Any]) -> None:
        rows = list(fields)
        names = [getattr(row, "maps_to", "") for row in rows]
        self.targets = mapping.fields_for(names)
        gone = mapping.not_asked(names, self.targets)
        kept = [row for row, n in zip(rows, names, strict=True) if n not in gone]
        super().__init__(kept)

    def create_singleline_field(self, field: Any, options: dict) -> forms.Field:
        return TextField(**{"max_length": 255, **options})

    def create_multiline_field(self, field: Any, options: dict) -> forms.Field:
        options.pop("widget", None)
        return LongTextField(**options)

    def create_email_field(self, field: Any, options: dict) -> forms.Field:
        return EmailField(max_length=320, **options)

    def create_phone_field(self, field: Any, options: dict) -> forms.Field:
        return PhoneField(max_length=40, **options)

    def create_kana_field(self, field: Any, options: dict) -> forms.Field:
        return KanaField(max_length=80, **options)

    def create_date_field(self, field: Any, options: dict) -> forms.Field:
        return DateField(**options)

    def create_mapped_field(self, field: Any, options: dict) -> forms.Field:
        """Whatever the CRM field needs: its type, its choices."""
        target = self.targets.get(field.maps_to)
        wanted = mapping.input_for(field.maps_to, target)
        if target is None or wanted not in ("choice", "choices"):
            return self.get_create_field_function(wanted)(field, options)
        pairs = [(str(key), str(label)) for key, label in target.choices]
        if wanted == "choices":
            options["initial"] = None
            return forms.MultipleChoiceField(
                choices=pairs, widget=forms.CheckboxSelectMultiple, **options
            )
        if len(pairs) > MOST_RADIOS or not options["required"]:
            pairs.insert(0, ("", str(_("Please choose"))))
            return forms.ChoiceField(choices=pairs, **options)
        return forms.ChoiceField(choices=pairs, widget=forms.RadioSelect, **options)

    @property
    def formfields(self) -> dict[str, forms.Field]:
        built = super().formfields
        for row, formfield in zip(self.fields, built.values(), strict=True):
            formfield.maps_to = getattr(row, "maps_to", "")
            autocomplete = mapping.AUTOCOMPLETE.get(formfield.maps_to)
            if autocomplete:
                formfield.widget.attrs["autocomplete"] = autocomplete
            formfield.error_messages["required"] = _asking(formfield)
            _let_speak(formfield, self.targets.get(formfield.maps_to))
        return built

    def get_form_class(
        self, base: type[VisitorForm] = VisitorForm
    ) -> type[VisitorForm]:
        return type("CrmForm", (base,), dict(self.formfields))


def _asking(formfield: forms.Field) -> Any:
    """What stands by a field that was left empty."""
    if hasattr(formfield, "choices"):
        return _("Please choose.")
    return _("Please fill this in.")


def _let_speak(formfield: forms.Field, target: Any) -> None:
    """Let the registry's own check speak beside the field it concerns."""
    if target is None:
        return

    def check(value: Any) -> None:
        try:
            target.clean(value)
        except Refused as error:
            raise ValidationError(error.reason, code="invalid") from error

    formfield.validators = [*formfield.validators, check]
