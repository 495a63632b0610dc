"""Ledgers that leave as a file, as they are narrowed, with the right to export."""

from typing import Any

from django.http import HttpRequest

from crm_plugin.ui.exports import Columns, ColumnsExportMixin

from .ledgers import Ledger, ListView


class ExportListView(ColumnsExportMixin, ListView):
    FORMATS = ColumnsExportMixin.FORMATS
    search_kwarg = ListView.SEARCH_VAR

    def __init__(self, model_admin: Any) -> None:
        super().__init__(model_admin)
        self.exported = model_admin.exported


class ExportLedger(Ledger):
    """``exported`` says which columns leave; a file reads what is ``fetched``."""

    index_view_class = ExportListView
    exported: Columns = {}

    def get_list_export(self, request: HttpRequest) -> tuple[str, ...]:
        """The buttons stand where they lead to a file."""
        may = request.user.has_perm(ExportListView.export_permission)
        return tuple(self.exported) if may else ()
