"""What can be done to many contacts at once, and the one field that each act needs."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from crm_plugin import journal, rules
from crm_plugin.contacts import bulk, fields
from crm_plugin.contacts.models import AttributeDefinition, BulkEdit
from crm_plugin.segments import picks
from crm_plugin.segments.models import Segment
from crm_plugin.ui.registry_forms import UNSAID, RegistryField

from .filters import staff_choices

Act = BulkEdit.Act
ABOUT_ATTRIBUTES = {Act.SET, Act.CLEAR}
ABOUT_SEGMENTS = {Act.PICK, Act.UNPICK}
NEW = "new"


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
    """The owner, the segment, or the value of the attribute; nothing where nothing is
    asked. *proposed* is how a new segment may be called."""

    def __init__(
        self, deed: Deed, user: Any, *args: Any, proposed: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.deed, self.user, self.proposed = deed, user, proposed
        if deed.act == Act.OWNER:
            label = _("New owner")
            choices = [UNSAID, *staff_choices()]
            self.fields["value"] = forms.ChoiceField(choices=choices, label=label)
        elif deed.act == Act.SET and deed.definition:
            self.fields["value"] = RegistryField(
                fields.attribute_field(deed.definition)
            )
            self.fields["value"].required = True
        elif deed.act in ABOUT_SEGMENTS:
            self._ask_for_segment()

    def _ask_for_segment(self) -> None:
        known = Segment.objects.visible_to(self.user).hand_picked()
        choices = [(str(segment.pk), str(segment)) for segment in known]
        may_add = self.deed.act == Act.PICK and may_make_segments(self.user)
        if may_add:
            choices.append((NEW, _("A new segment, named below")))
        self.fields["value"] = forms.ChoiceField(
            choices=[UNSAID, *choices], label=_("Hand-picked segment")
        )
        if may_add:
            longest = Segment._meta.get_field("name").max_length
            self.fields["name"] = forms.CharField(
                max_length=longest,
                label=_("Name of the new segment"),
                required=False,
                initial=self.proposed[:longest],
            )
            if len(choices) == 1 or self.proposed:
                self.fields["value"].initial = NEW

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = self.deed.act in ABOUT_SEGMENTS and cleaned.get("value") == NEW
        if wanted and not cleaned.get("name"):
            self.add_error("name", _("Please fill this in."))
        return cleaned

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if value in (None, "", []):
            raise forms.ValidationError(_("Please fill this in."))
        return value

    def said(self) -> Any:
        """The value as the ``BulkEdit`` keeps it; makes the segment that was named."""
        value = self.cleaned_data.get("value")
        if self.deed.act in ABOUT_SEGMENTS:
            if value == NEW:
                return picks.create(self.cleaned_data["name"], by=self.user).pk
            return int(value)
        if self.deed.act == Act.OWNER:
            return None if value == "nobody" else int(value)
        return journal.plain(value)


def may_make_segments(user: Any) -> bool:
    """Whether *user* may make a segment and put it in force."""
    rights = ("crm_plugin.add_segment", "crm_plugin.publish_segment")
    return user.has_perms(rights)


def _said(field: fields.Field, value: Any) -> str:
    """The value in words; as it was typed where the attribute refuses it by now."""
    try:
        return field.display(field.clean(value))
    except (ValueError, forms.ValidationError):
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def told(edit: BulkEdit) -> str:
    """What *edit* does, in words."""
    definition = edit.definition
    if edit.act in ABOUT_SEGMENTS:
        words = {"name": rules.find(Segment, edit.value, field="pk") or "…"}
        if edit.act == Act.PICK:
            return _("Put into “%(name)s”") % words
        return _("Taken out of “%(name)s”") % words
    if edit.act == Act.OWNER:
        key = "nobody" if edit.value is None else str(edit.value)
        name = dict(staff_choices()).get(key, "…")
        return _("Owner: %(name)s") % {"name": name}
    if edit.act == Act.SET and definition:
        field = fields.attribute_field(definition)
        words = {"name": definition, "words": _said(field, edit.value)}
        return _("%(name)s: %(words)s") % words
    return Deed(Act(edit.act), definition).label
