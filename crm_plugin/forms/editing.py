"""What an editor cannot save: a tick without words, a mapping that is none."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm


class FormPageForm(WagtailAdminFormPageForm):
    """The edit form of a form page."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("consent_topic") and not cleaned.get("consent_wording"):
            self.add_error(
                "consent_wording",
                _("Write what people agree to: the wording is kept as evidence."),
            )
        return cleaned
