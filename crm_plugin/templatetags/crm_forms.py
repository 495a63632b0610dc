"""Draw one field of a visitor form so that every reader hears what it is about."""

from dataclasses import dataclass

from django import forms, template
from django.utils.safestring import SafeString

register = template.Library()
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@dataclass(frozen=True)
class Parts:
    """How a field is built: a group of choices, a tick, or one control."""

    control: SafeString
    described_by: str
    group: bool
    tick: bool


@register.simple_tag
def crm_parts(field: forms.BoundField) -> Parts:
    """The control of *field* with the ids of its help and errors attached."""
    notes = []
    if field.help_text:
        notes.append(f"{field.auto_id}_help")
    if field.errors:
        notes.append(f"{field.auto_id}_errors")
    described_by = " ".join(notes)
    widget = field.field.widget
    group = isinstance(widget, GROUPS)
    attrs = {}
    if not group and described_by:
        attrs["aria-describedby"] = described_by
    if field.errors:
        attrs["aria-invalid"] = "true"
    if field.field.required and not group:
        attrs["required"] = True
    tick = isinstance(widget, forms.CheckboxInput)
    return Parts(field.as_widget(attrs=attrs), described_by, group, tick)
