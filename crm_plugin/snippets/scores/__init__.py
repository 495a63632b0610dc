"""Scores: the list with each one's spread, and the editor of its lines."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm_plugin.scoring.models import Score
from crm_plugin.snippets.choosers import only_visible, untold
from crm_plugin.snippets.whole_forms import whole_only
from crm_plugin.ui.journalled import JournalledViewSet

from .editing import AddView, DeleteView, EditView, HistoryView
from .forms import EDIT_HANDLER
from .listing import ScoreListView


class ScoreViewSet(JournalledViewSet):
    """Who may not see a score that reads something sensitive finds none (404)."""

    model = Score
    name = "crm_score"
    url_prefix = "crm/scores"
    icon = "order-up"
    menu_label = _("Scores")
    menu_name = "crm-scores"
    menu_hook = "register_crm_menu_item"
    menu_order = 305
    add_to_admin_menu = True
    copy_view_enabled = False
    ordering = ["name"]
    search_backend_name = None
    search_fields = ["name", "name_ja"]
    list_per_page = 10
    edit_handler = EDIT_HANDLER
    index_view_class = ScoreListView
    add_view_class = AddView
    edit_view_class = EditView
    delete_view_class = DeleteView
    history_view_class = HistoryView

    @property
    def url_finder_class(self) -> type:
        return untold(super().url_finder_class)

    def construct_view(self, view_class: type, **kwargs: Any) -> Callable:
        view = super().construct_view(view_class, **kwargs)
        return only_visible(Score, whole_only(view))

    def get_queryset(self, request: HttpRequest) -> Any:
        return Score.objects.visible_to(request.user)
