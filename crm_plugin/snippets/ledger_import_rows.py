"""The ledger of import rows: each row of a sheet as it came."""

from typing import Any

from django.apps import apps
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin import normalise
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.segments.stored import condition

from .ledgers import Ledger, NewestFilter, described

# Rows of the room of imports, which is a door of its own.
ImportRow = apps.get_model("crm_plugin", "ImportRow")
ImportBatch: Any = apps.get_model("crm_plugin", "ImportBatch")


# How a rule calls what became of the rows.
KINDS = {
    None: "any",
    ImportRow.Outcome.NEW: "made",
    ImportRow.Outcome.UPDATE: "changed",
}


class SheetFilter(NewestFilter):
    name = "file_name"


class ImportRowLedger(Ledger):
    """Rows as they stood in the sheet, whatever their columns hold."""

    model = ImportRow
    base_url_path = "crm/ledgers/import-rows"
    menu_label = pgettext_lazy("of a spreadsheet", "Import rows")
    menu_icon = "upload"
    menu_order = 400
    list_display = ("batch", "number", "outcome", "said", "applied")
    list_filter = ("outcome", "applied", ("batch", SheetFilter))
    # Without the sheet itself.
    fetched = (Prefetch("batch", ImportBatch.objects.only("file_name")),)

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        if not user.has_perm("crm_plugin.view_sensitive"):
            return rows.none()
        return rows.filter(batch__in=ImportBatch.objects.visible_to(user))

    def of_whom(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Whom one sheet that was applied made or changed."""
        kind = KINDS.get(asked.get("outcome"))
        applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
        sheet = normalise.whole(asked.get("batch", ""))
        if kind is None or not set(asked) <= {"batch", "outcome"}:
            return []
        if sheet is None or not applied.filter(pk=sheet).exists():
            return []
        return [condition("imported", batch=str(sheet), kind=kind)]

    def note(self, row: Any, by: Any) -> None:
        people = Contact.objects.filter(pk=row.target_id)
        said = row.batch.fields_of(row.raw)
        access.told([(one.pk, name) for one in people for name in said], by=by)

    @described(gettext_lazy("problems"))
    def said(self, row: Any) -> str:
        return "; ".join(str(problem) for problem in row.problems)

    def told(self, row: Any) -> list[tuple[str, Any]]:
        told = [
            (_("import"), str(row.batch)),
            (_("row"), row.number),
            (_("outcome"), row.get_outcome_display()),
            (_("problems"), self.said(row)),
        ]
        cells = row.raw if isinstance(row.raw, list) else list(row.raw.values())
        headers = [*row.batch.headers, *[""] * len(cells)]
        return told + list(zip(headers, cells, strict=False))
