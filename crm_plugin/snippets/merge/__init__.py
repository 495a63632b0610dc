"""Merging two contacts: find the other one, look, choose, confirm, and undo."""

from django.urls import path
from wagtail.admin.viewsets.base import ViewSet

from .choosing import ChooseView
from .preview import PreviewView
from .undoing import UndoView


class MergeViewSet(ViewSet):
    """Has no place in the menu: one comes here from a record or from a suspicion."""

    name = "crm_merge"
    url_namespace = "crm_merge"
    url_prefix = "crm/merge"

    def get_urlpatterns(self) -> list:
        return [
            path("", PreviewView.as_view(), name="preview"),
            path("<int:pk>/with/", ChooseView.as_view(), name="choose"),
            path("<int:pk>/undo/", UndoView.as_view(), name="undo"),
        ]
