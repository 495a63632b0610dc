"""The forms of an attribute definition: keys stay, and no stored value is lost."""

import copy
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_plugin.conf import CrmSettings
from crm_plugin.contacts import definitions, retyping, usage
from crm_plugin.contacts.models import AttributeDefinition

Definition = AttributeDefinition
GROUPS = 50


class DefinitionForm(forms.ModelForm):
    told_rows: dict[str, Any] = {}

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
        self.was = copy.copy(self.instance)
        self.fields["group"].widget.attrs["list"] = "crm-groups"
        self.fields["group"].help_text = _("A heading on the form, such as “Family”.")
        self.fields["label_ja"].help_text = _(
            "Blank: the name is shown in Japanese, too."
        )
        key = self.fields["key"]
        key.required = False
        key.help_text = _("Used by imports and merge tags; blank: made from the name.")
        if CrmSettings.load().consumers_only and self.was.describes == "contact":
            self.fields["describes"].choices = [("contact", _("contacts"))]
        if self.instance.pk:
            key.disabled = True
            key.help_text = _("Used by imports and merge tags; never changes.")

    @property
    def groups(self) -> list[str]:
        """Headings that are in use, offered while typing."""
        rows = Definition.objects.exclude(group="").order_by("group")
        return list(rows.values_list("group", flat=True).distinct()[:GROUPS])

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
        if data.get("dated") and data.get("type") == Definition.Type.MULTI_CHOICE:
            self.add_error(
                "dated", _("Several choices cannot have a value per period.")
            )
        if self.instance.pk and not self.errors:
            self._refuse_losses(data)
        return data

    def _refuse_losses(self, data: dict[str, Any]) -> None:
        """What is stored and what is built on it stays as it is, or nothing changes."""
        old, wanted = self.was, data["type"]
        places = usage.places(old, user=None)
        retyped = wanted != old.type and not retyping.keeps_rules(old, wanted)
        taken = definitions.taken_from(old, data["describes"])
        lost = {
            "type": retyping.lost(old, wanted),
            "describes": definitions.left_without(old, data["describes"]),
            "dated": definitions.count(old) if data["dated"] != old.dated else 0,
        }
        for name, number in lost.items():
            if number:
                self.add_error(name, _lost(number))
        if retyped and any(place.rule for place in places):
            self.add_error("type", _("Segments ask for it as it is: see below."))
        if places and taken:
            self.add_error("describes", _("It is in use as it is: see below."))

    def save(self, commit: bool = True) -> AttributeDefinition:
        with transaction.atomic():
            if self.instance.pk:
                retyping.turn(self.was, self.instance.type)
            return super().save(commit)


def _lost(number: int) -> str:
    words = ngettext(
        "%(n)d stored value would be lost, so nothing was changed."
        " Add another attribute, and switch this one off.",
        "%(n)d stored values would be lost, so nothing was changed."
        " Add another attribute, and switch this one off.",
        number,
    )
    return words % {"n": number}


class ChoiceForm(forms.Form):
    key = forms.SlugField(required=False, max_length=32, widget=forms.HiddenInput)
    label = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    label_ja = forms.CharField(
        label=gettext_lazy("Japanese name"), max_length=80, required=False
    )
    order = forms.IntegerField(
        label=gettext_lazy("Order"),
        required=False,
        min_value=0,
        max_value=9_999,
        widget=forms.NumberInput(attrs={"class": "crm-choice__order"}),
    )
    active = forms.BooleanField(
        label=gettext_lazy("active"), required=False, initial=True
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("label_ja") and not data.get("label"):
            data["label"] = data["label_ja"]
        return data

    def has_changed(self) -> bool:
        """An order alone makes no choice."""
        return bool(set(self.changed_data) - {"order", "active"} or self.initial)


class ChoiceFormSet(forms.BaseFormSet):
    label = gettext_lazy("Choices")


ChoiceRows = forms.formset_factory(
    ChoiceForm, formset=ChoiceFormSet, extra=4, can_delete=True, max_num=100
)


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
                "order": number * 10,
                "active": row.active,
            }
            for number, row in enumerate(stored, start=1)
        ],
    )


def in_order(rows: Any) -> list[dict[str, Any]]:
    """What the *rows* say, by the numbers given; those without one at the end."""
    said = [form.cleaned_data for form in rows.forms if form.cleaned_data]
    last = len(said) + 10_000
    return sorted(said, key=lambda one: last if one["order"] is None else one["order"])
