"""Submissions as a file: what the list shows, and what was answered, by right."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from crm_plugin.contacts import access
from crm_plugin.intake import said
from crm_plugin.intake.models import Submission
from crm_plugin.ui.exports import SafeExportMixin

from .submissions_words import reason

EXPORTED = {
    "reference": gettext_lazy("Reference"),
    "contact": gettext_lazy("Contact"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "page": gettext_lazy("Page"),
    "kind": gettext_lazy("Kind"),
    "state": gettext_lazy("State"),
    "reason": gettext_lazy("Reason"),
    "received": gettext_lazy("Received"),
    "answers": gettext_lazy("Answers"),
}


class SubmissionExportMixin(SafeExportMixin):
    """Put before the list of submissions. Names of contacts and sensitive answers
    leave with those who may see them only, and who takes sensitive ones is noted."""

    list_export = list(EXPORTED)
    export_filename = "submissions"

    def export_header(self, queryset: QuerySet) -> list[str]:
        return [str(label) for label in EXPORTED.values()]

    def export_rows(self, objects: list[Submission]) -> Iterable[Sequence[Any]]:
        user = self.request.user
        all_of_it = user.has_perm("crm_plugin.view_sensitive")
        sees_contacts = user.has_perm("crm_plugin.view_contact")
        secret = set() if all_of_it else said.secret_fields(objects)
        access.told(
            ((row.contact_id, a.get("field")) for row in objects for a in row.answers),
            by=user,
            screen=access.Screen.EXPORT,
        )
        for row in objects:
            answers = [a for a in row.answers if a.get("field") not in secret]
            yield [
                row.reference,
                str(row.contact or "") if sees_contacts else "",
                row.email_norm,
                row.phone_norm,
                row.page_title,
                row.get_kind_display(),
                row.get_state_display(),
                reason(row),
                row.received_at,
                "\n".join(
                    f"{a.get('label', '')}: {a.get('text', '')}" for a in answers
                ),
            ]
