"""From an editor's field rows to a form that everybody can fill in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import FormBuilder

from crm_plugin.contacts.fields import Refused

from . import files, mapping, scores, topics
from .composed import BirthField, PartsField, PostalField
from .fields import (
    MESSAGE_LENGTH,
    DateField,
    DateTimeField,
    EmailField,
    KanaField,
    LongTextField,
    NumberField,
    PhoneField,
    TextField,
    UrlField,
)
from .only_if import clean_name, conditions_of
from .steps import PAGE, steps_of
from .visitor_form import VisitorForm

MOST_RADIOS = 6


class CrmFormBuilder(FormBuilder):
    """Wagtail's builder with kinder fields, and types that follow the mapping."""

    def __init__(self, fields: Iterable[Any]) -> None:
        rows = list(fields)
        names = [getattr(row, "maps_to", "") for row in rows]
        self.targets = mapping.fields_for(names)
        self.topics = topics.offered(rows)
        gone = mapping.not_asked(names, self.targets)
        self.rows = [row for row, n in zip(rows, names, strict=True) if n not in gone]
        super().__init__([row for row in self.rows if self._asks(row)])

    def _asks(self, row: Any) -> bool:
        """Whether a row is a question: not a new page, nor ticks without a topic."""
        if row.field_type == topics.TOPICS:
            return bool(self._wordings(row))
        return row.field_type != PAGE

    def _wordings(self, row: Any) -> dict[str, str]:
        said = topics.wordings_of(row)
        return {key: said[key] for key in self.topics if key in said}

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

    def create_datetime_field(self, field: Any, options: dict) -> forms.Field:
        return DateTimeField(**options)

    def create_number_field(self, field: Any, options: dict) -> forms.Field:
        return NumberField(**options)

    def create_url_field(self, field: Any, options: dict) -> forms.Field:
        return UrlField(**{"max_length": 500, **options})

    def create_hidden_field(self, field: Any, options: dict) -> forms.Field:
        return TextField(widget=forms.HiddenInput, max_length=255, **options)

    def create_organisation_field(self, field: Any, options: dict) -> forms.Field:
        widget = forms.TextInput({"autocomplete": "organization"})
        return TextField(max_length=200, widget=widget, **options)

    def create_postal_field(self, field: Any, options: dict) -> forms.Field:
        return PostalField(**options)

    def create_birth_field(self, field: Any, options: dict) -> forms.Field:
        return BirthField(**options)

    def create_stars_field(self, field: Any, options: dict) -> forms.Field:
        return scores.ScoreField(scale=scores.STARS, **options)

    def create_nps_field(self, field: Any, options: dict) -> forms.Field:
        return scores.ScoreField(scale=scores.NPS, **options)

    def create_topics_field(self, field: Any, options: dict) -> forms.Field:
        return topics.TopicsField(wordings=self._wordings(field), **options)

    def create_file_field(self, field: Any, options: dict) -> forms.Field:
        kinds, most = getattr(field, "file_kinds", ""), getattr(field, "max_mb", None)
        return files.FileField(kinds=kinds, max_mb=most, **options)

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
            formfield.maps_to = saved_as(row)
            formfield.leave_out = getattr(row, "leave_out", False)
            autocomplete = mapping.AUTOCOMPLETE.get(formfield.maps_to)
            if autocomplete and not isinstance(formfield, PartsField):
                formfield.widget.attrs["autocomplete"] = autocomplete
            if not isinstance(formfield, files.FileField):
                formfield.error_messages["required"] = _asking(formfield)
            target = self.targets.get(formfield.maps_to)
            formfield.sensitive = bool(target and target.sensitive)
            _let_speak(formfield, target)
        return built

    def get_form_class(
        self, base: type[VisitorForm] = VisitorForm
    ) -> type[VisitorForm]:
        asked = {clean_name(row) for row in self.fields}
        conditions = {
            name: condition
            for name, condition in conditions_of(self.rows).items()
            if name in asked and condition.name in asked
        }
        built = type("CrmForm", (base,), dict(self.formfields))
        built.steps, built.only_ifs = steps_of(self.rows), conditions
        return built


def saved_as(row: Any) -> str:
    """What the answer to a row is saved as; scores, topics and files know by
    themselves."""
    if row.field_type in scores.RANGES:
        return f"{scores.PREFIX}{row.field_type}"
    if row.field_type in (topics.TOPICS, files.MAPS_TO):
        return row.field_type
    return getattr(row, "maps_to", "")


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
        if len(str(value)) > (getattr(formfield, "max_length", 0) or MESSAGE_LENGTH):
            # Its length is refused already; nothing else is worth looking at.
            return
        try:
            target.clean(value)
        except Refused as error:
            raise ValidationError(error.reason, code="invalid") from error

    formfield.validators = [*formfield.validators, check]
