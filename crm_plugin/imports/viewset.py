"""Imports in the admin: the list, and the wizard's routes."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn, UserColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from crm_plugin.ui.listing import EmptyStateMixin

from .models import ImportBatch
from .views import batches, choosing
from .views.base import may_import


class StateColumn(Column):
    cell_template_name = "crm_plugin/imports/state_cell.html"


class IndexView(EmptyStateMixin, generic.IndexView):
    """All sheets that were taken in, the newest first."""

    model = ImportBatch
    page_title = _("Imports")
    add_item_label = _("New import")
    empty_text = _("There are no imports yet. Start with a spreadsheet.")
    header_icon = "upload"
    index_url_name = "crm_import:index"
    default_ordering = "-id"
    paginate_by = 30
    columns = [
        TitleColumn("file_name", label=_("File"), get_url=lambda batch: _url(batch)),
        Column("noun", label=_("What"), accessor="get_noun_display"),
        StateColumn("state", label=_("State")),
        Column("row_count", label=_("Rows")),
        UserColumn("by", label=pgettext_lazy("person", "By")),
        DateColumn("created_at", label=_("At")),
    ]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not may_import(request.user):
            self.permission_required = "import"
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet:
        rows = ImportBatch.objects.visible_to(self.request.user)
        if not may_import(self.request.user, ImportBatch.Noun.PURCHASES):
            rows = rows.exclude(noun=ImportBatch.Noun.PURCHASES)
        return rows.select_related("by__wagtail_userprofile").defer("file")

    def get_add_url(self) -> str:
        return reverse("crm_import:new")

    @property
    def header_buttons(self) -> list[HeaderButton]:  # type: ignore[override]
        return [
            HeaderButton(self.add_item_label, url=self.get_add_url(), icon_name="plus")
        ]


def _url(batch: ImportBatch) -> str:
    return reverse("crm_import:batch", args=[batch.public_id])


class ImportMenuItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return may_import(request.user)


class ImportViewSet(ViewSet):
    name = "crm_import"
    url_prefix = "crm/imports"
    icon = "upload"
    menu_label = _("Imports")
    menu_hook = "register_crm_menu_item"
    menu_order = 400
    add_to_admin_menu = True
    menu_item_class = ImportMenuItem

    def get_urlpatterns(self) -> list[Any]:
        one = "<uuid:public_id>/"
        return [
            path("", IndexView.as_view(), name="index"),
            path("results/", IndexView.as_view(results_only=True), name="results"),
            path("new/", choosing.UploadView.as_view(), name="new"),
            path(one, batches.OverviewView.as_view(), name="batch"),
            path(f"{one}columns/", choosing.ColumnsView.as_view(), name="columns"),
            path(f"{one}basis/", choosing.BasisView.as_view(), name="basis"),
            path(f"{one}apply/", batches.ApplyView.as_view(), name="apply"),
            path(f"{one}undo/", batches.UndoView.as_view(), name="undo"),
            path(f"{one}progress/", batches.ProgressView.as_view(), name="progress"),
            path(f"{one}again/", batches.StartAgainView.as_view(), name="again"),
            path(f"{one}discard/", batches.DiscardView.as_view(), name="discard"),
            path(f"{one}left-out/", batches.LeftOutView.as_view(), name="left_out"),
        ]
