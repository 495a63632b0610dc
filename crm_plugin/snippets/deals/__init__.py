"""Deals: the board, the list, the record, and the stages that a site keeps."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.sales.models import Deal

from .acts import CloseView, DeleteView, MoveView, StepView
from .board import BoardView
from .durations import DurationsView
from .editing import AddView, EditView
from .listing import DealListView
from .people import InvolveView, ReleaseView
from .record import RecordView


class DealMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("crm_plugin.view_deal"))


class DealViewSet(ModelViewSet):
    """The board stands at the entrance; the list is for searching and exporting."""

    model = Deal
    name = "crm_deal"
    url_namespace = "crm_deal"
    url_prefix = "crm/deals"
    icon = "pick"
    menu_label = _("Deals")
    menu_order = 225
    menu_hook = "register_crm_menu_item"
    menu_item_class = DealMenuItem
    add_to_admin_menu = True
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    form_fields: list[str] = []
    delete_view_class = DeleteView

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {"history_url_name": None, "usage_url_name": None}
        return super().get_common_view_kwargs(**{**gone, **kwargs})

    def get_urlpatterns(self) -> list:
        results = DealListView.as_view(results_only=True)
        return [
            path("", BoardView.as_view(), name="index"),
            path("list/", DealListView.as_view(), name="list"),
            path("list/results/", results, name="list_results"),
            path("durations/", DurationsView.as_view(), name="durations"),
            path("new/", AddView.as_view(), name="add"),
            path("<int:pk>/", RecordView.as_view(), name="inspect"),
            path("<int:pk>/edit/", EditView.as_view(), name="edit"),
            path("<int:pk>/delete/", self.delete_view, name="delete"),
            path("<int:pk>/move/", MoveView.as_view(), name="move"),
            path("<int:pk>/close/<int:stage>/", CloseView.as_view(), name="close"),
            path("<int:pk>/people/", InvolveView.as_view(), name="involve"),
            path("<int:pk>/people/out/", ReleaseView.as_view(), name="release"),
            path("<int:pk>/step/", StepView.as_view(), name="step"),
        ]
