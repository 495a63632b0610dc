"""What an editor cannot save, and what is kept in step while a form is edited."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm

from crm_plugin import normalise


class FormPageForm(WagtailAdminFormPageForm):
    """The edit form of a form page."""

    class Media:
        js = ["crm_plugin/forms/editor.js"]
        css = {"all": ["crm_plugin/forms/editor.css"]}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("consent_topic") and not cleaned.get("consent_wording"):
            self.add_error(
                "consent_wording",
                _("Write what people agree to: the wording is kept as evidence."),
            )
        for formset in self.formsets.values():
            _follow_renamed(formset.forms)
        return cleaned


def _follow_renamed(rows: list[Any]) -> None:
    """A field whose label changes keeps deciding for those that name it."""
    renamed = {
        normalise.fold(row.initial.get("label")): row.cleaned_data.get("label")
        for row in rows
        if row.has_changed() and "label" in row.changed_data and row.instance.pk
    }
    for row in rows:
        said = getattr(row, "cleaned_data", {}).get("only_if")
        label = renamed.get(normalise.fold(said)) if said else None
        if label and "only_if" not in row.changed_data:
            row.cleaned_data["only_if"] = row.instance.only_if = label
