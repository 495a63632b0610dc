"""The forms of an attribute definition: keys never change once they are saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_plugin.contacts import definitions
from crm_plugin.contacts.models import AttributeDefinition

FIXED = ("key", "describes", "type", "dated")


class DefinitionForm(forms.ModelForm):
    class Meta:
        model = AttributeDefinition
        fields = [
            "label",
            "label_ja",
            "type",
            "describes",
            "key",
            "help_text",
            "group",
            "order",
            "area",
            "dated",
            "sensitive",
            "purpose",
            "active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["key"]
        key.required = False
        key.help_text = _("Used by imports and merge tags; blank: made from the name.")
        if self.instance.pk:
            for name in FIXED:
                self.fields[name].disabled = True
            key.help_text = _("Used by imports and merge tags; never changes.")

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if self.instance.pk:
            return self.instance.key
        if key and key != key.lower():
            raise forms.ValidationError(_("Use small letters, digits and hyphens."))
        return key or definitions.free_key(self.cleaned_data.get("label", ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("sensitive") and not data.get("purpose"):
            self.add_error("purpose", _("Say what a sensitive attribute is asked for."))
        return data


class ChoiceForm(forms.Form):
    key = forms.SlugField(required=False, max_length=32, widget=forms.HiddenInput)
    label = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    label_ja = forms.CharField(
        label=gettext_lazy("Japanese name"), max_length=80, required=False
    )
    active = forms.BooleanField(
        label=gettext_lazy("active"), required=False, initial=True
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("label_ja") and not data.get("label"):
            data["label"] = data["label_ja"]
        return data


ChoiceRows = forms.formset_factory(ChoiceForm, extra=4, can_delete=True, max_num=100)


def choice_rows(data: Any = None, instance: AttributeDefinition | None = None) -> Any:
    """The stored choices in order, and empty rows for new ones."""
    stored = instance.choices.all() if instance else []
    return ChoiceRows(
        data,
        prefix="choices",
        initial=[
            {
                "key": row.key,
                "label": row.label,
                "label_ja": row.label_ja,
                "active": row.active,
            }
            for row in stored
        ],
    )
