"""What can be done to many contacts at once, and the one field that each act needs."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from crm_plugin import journal
from crm_plugin.contacts import bulk, fields
from crm_plugin.contacts.models import AttributeDefinition, BulkEdit
from crm_plugin.ui.registry_forms import UNSAID, RegistryField

from .filters import staff_choices

Act = BulkEdit.Act
ABOUT_ATTRIBUTES = {Act.SET, Act.CLEAR}


@dataclass(frozen=True)
class Deed:
    """One act, about one attribute where it needs one; ``key`` stands in addresses."""

    act: Act
    definition: AttributeDefinition | None = None

    @property
    def key(self) -> str:
        return f"{self.act}:{self.definition.key}" if self.definition else self.act

    @property
    def label(self) -> str:
        if self.definition is None:
            return str(self.act.label)
        words = {"name": self.definition}
        if self.act == Act.CLEAR:
            return _("Empty “%(name)s”") % words
        return _("Set “%(name)s”") % words


def deeds(user: Any) -> dict[str, Deed]:
    """Everything that *user* may do to many contacts, by key."""
    acts = bulk.acts_for(user)
    known = list(bulk.definitions_for(user)) if ABOUT_ATTRIBUTES & set(acts) else []
    found = [
        Deed(act, definition)
        for act in acts
        for definition in (known if act in ABOUT_ATTRIBUTES else [None])
    ]
    return {deed.key: deed for deed in found}


class DeedForm(forms.Form):
    """The owner, or the value of the attribute; nothing where nothing is asked."""

    def __init__(self, deed: Deed, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deed = deed
        if deed.act == Act.OWNER:
            label = _("New owner")
            choices = [UNSAID, *staff_choices()]
            self.fields["value"] = forms.ChoiceField(choices=choices, label=label)
        elif deed.act == Act.SET and deed.definition:
            self.fields["value"] = RegistryField(
                fields.attribute_field(deed.definition)
            )
            self.fields["value"].required = True

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if value in (None, "", []):
            raise forms.ValidationError(_("Please fill this in."))
        return value

    def said(self) -> Any:
        """The value as the ``BulkEdit`` keeps it."""
        value = self.cleaned_data.get("value")
        if self.deed.act == Act.OWNER:
            return None if value == "nobody" else int(value)
        return journal.plain(value)


def told(edit: BulkEdit) -> str:
    """What *edit* does, in words."""
    definition = edit.definition
    if edit.act == Act.OWNER:
        key = "nobody" if edit.value is None else str(edit.value)
        name = dict(staff_choices()).get(key, "…")
        return _("Owner: %(name)s") % {"name": name}
    if edit.act == Act.SET and definition:
        field = fields.attribute_field(definition)
        words = {"name": definition, "words": field.display(field.clean(edit.value))}
        return _("%(name)s: %(words)s") % words
    return Deed(Act(edit.act), definition).label
