"""Draw one field of a visitor form so that every reader hears what it is about."""

import json
from dataclasses import dataclass

from django import forms, template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@dataclass(frozen=True)
class Parts:
    """How a field is built: a group of inputs, a tick, or one control.

    ``only_if`` says in words when it is asked, where a field beside it decides, and
    ``condition`` says it to the script.
    """

    control: SafeString
    described_by: str
    group: bool
    tick: bool
    box: str = "crm-field__choices"
    only_if: str = ""
    condition: SafeString | str = ""


@register.simple_tag
def crm_parts(field: forms.BoundField) -> Parts:
    """The control of *field* with the ids of its help and errors attached."""
    condition = _condition(field)
    notes = [
        f"{field.auto_id}_{what}"
        for what, there in (
            ("only", condition is not None),
            ("help", field.help_text),
            ("errors", field.errors),
        )
        if there
    ]
    described_by = " ".join(notes)
    widget = field.field.widget
    group = widget.use_fieldset
    attrs = {}
    if not group and described_by:
        attrs["aria-describedby"] = described_by
    if field.errors:
        attrs["aria-invalid"] = "true"
    if field.field.required and not group and condition is None:
        attrs["required"] = True
    return Parts(
        field.as_widget(attrs=attrs),
        described_by,
        group,
        isinstance(widget, forms.CheckboxInput),
        getattr(widget, "box", Parts.box),
        condition.words(field.form.fields[condition.name]) if condition else "",
        _for_the_script(field.form, condition) if condition else "",
    )


def _condition(field: forms.BoundField):
    find = getattr(field.form, "condition_beside", None)
    return find(field.name) if find else None


def _for_the_script(form: forms.BaseForm, condition) -> SafeString:
    keys = condition.keys(form.fields[condition.name])
    return format_html(
        ' data-crm-only-if="{}" data-crm-answers="{}"',
        condition.name,
        json.dumps(keys, ensure_ascii=False),
    )
