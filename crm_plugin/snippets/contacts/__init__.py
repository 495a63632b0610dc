"""Contacts: the list, the form, and the record on one screen."""

from typing import Any

from django.urls import path
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.contacts.models import Contact
from crm_plugin.snippets.archiving import ArchivedView, ArchiveView
from crm_plugin.snippets.organisations.joining import PlaceAddView

from . import bulk
from .card import CardView, SuspectsView
from .data_map import DataMapView
from .editing import AddView, EditView
from .listing import ContactListView
from .origin import OriginView
from .picking import PickView
from .preferences import PreferencesView, SendLinkView
from .quick import FollowUpView
from .record import RecordView, StoryView
from .saving import SaveSegmentView
from .scores import ScoresView
from .why import WhyView
from .yearly import ContactYearsView


class ContactViewSet(ModelViewSet):
    """Nobody is deleted here: erasing a person is an act of its own."""

    model = Contact
    name = "crm_contact"
    url_namespace = "crm_contact"
    url_prefix = "crm/contacts"
    icon = "user"
    menu_order = 200
    menu_hook = "register_crm_menu_item"
    add_to_admin_menu = True
    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False
    form_fields: list[str] = []
    index_view_class = ContactListView
    add_view_class = AddView
    edit_view_class = EditView
    inspect_view_class = RecordView

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {"delete_url_name": None, "history_url_name": None}
        return super().get_common_view_kwargs(
            **{**gone, "usage_url_name": None, **kwargs}
        )

    def get_urlpatterns(self) -> list:
        wanted = {"index", "index_results", "add", "edit", "inspect"}
        kept = [entry for entry in super().get_urlpatterns() if entry.name in wanted]
        one_edit = "bulk/<uuid:edit_id>/"
        return [
            *kept,
            path("bulk/", bulk.BulkView.as_view(), name="bulk"),
            path("bulk/edits/", bulk.EditsView.as_view(), name="bulk_edits"),
            path(one_edit, bulk.EditPage.as_view(), name="bulk_edit"),
            path(
                f"{one_edit}progress/",
                bulk.ProgressView.as_view(),
                name="bulk_progress",
            ),
            path(f"{one_edit}undo/", bulk.UndoView.as_view(), name="bulk_undo"),
            path("save-segment/", SaveSegmentView.as_view(), name="save_segment"),
            path("<int:pk>/story/", StoryView.as_view(), name="story"),
            path("quick/", CardView.as_view(), name="quick"),
            path("suspects/", SuspectsView.as_view(), name="suspects"),
            path("<int:pk>/origin/", OriginView.as_view(), name="origin"),
            path(
                "<int:pk>/preferences/", PreferencesView.as_view(), name="preferences"
            ),
            path(
                "<int:pk>/preferences/link/",
                SendLinkView.as_view(),
                name="send_preferences_link",
            ),
            path(
                "archived/",
                ArchivedView.as_view(
                    model=Contact, index_url_name="crm_contact:archived"
                ),
                name="archived",
            ),
            path(
                "<int:pk>/archive/", ArchiveView.as_view(model=Contact), name="archive"
            ),
            path("<int:pk>/map/", DataMapView.as_view(), name="map"),
            path("<int:pk>/why/", WhyView.as_view(), name="why"),
            path("<int:pk>/scores/", ScoresView.as_view(), name="scores"),
            path("<int:pk>/pick/", PickView.as_view(), name="pick"),
            path("<int:pk>/follow-up/", FollowUpView.as_view(), name="follow_up"),
            path("<int:pk>/places/add/", PlaceAddView.as_view(), name="add_place"),
            path("<int:pk>/years/", ContactYearsView.as_view(), name="years"),
        ]
