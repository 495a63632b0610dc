"""Duplicates: pairs of contacts that may be one person wait for somebody's word."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.snippets.desk import DeskMenuItem

from .acts import DismissView, ProgressView, RestoreView, SearchView
from .listing import NEEDS, DuplicateListView


class DuplicateMenuItem(DeskMenuItem):
    needs = NEEDS


class DuplicateViewSet(ViewSet):
    name = "crm_duplicate"
    url_prefix = "crm/duplicates"
    icon = "copy"
    menu_label = _("Duplicates")
    menu_order = 205
    menu_hook = "register_crm_menu_item"
    menu_item_class = DuplicateMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", DuplicateListView.as_view(), name="index"),
            path("progress/", ProgressView.as_view(), name="progress"),
            path("search/", SearchView.as_view(), name="search"),
            path("<int:pk>/dismiss/", DismissView.as_view(), name="dismiss"),
            path("<int:pk>/restore/", RestoreView.as_view(), name="restore"),
        ]
