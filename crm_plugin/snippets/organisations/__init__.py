"""Organisations: the list, the form, the record, and the people who belong there."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.functional import cached_property
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.contacts.models import Organisation
from crm_plugin.snippets.archiving import ArchivedView, ArchiveView
from crm_plugin.snippets.years import YearsView

from .departments import DepartmentAddView, DepartmentEditView, DepartmentRemoveView
from .editing import OrganisationAddView, OrganisationEditView
from .gate import ForOrganisations, OrganisationMenuItem
from .joining import PersonAddView
from .listing import OrganisationListView
from .places import PlaceEditView, PlaceEndView, PlaceRemoveView
from .record import OrganisationRecordView, OrganisationStoryView


class OrganisationYearsView(ForOrganisations, YearsView):
    model = Organisation
    noun = "organisation"

    @cached_property
    def row(self) -> Organisation:
        rows = Organisation.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return self.trail(self.row)


class OrganisationArchiveView(ForOrganisations, ArchiveView):
    model = Organisation


class OrganisationsArchivedView(ForOrganisations, ArchivedView):
    model = Organisation
    index_url_name = "crm_organisation:archived"


class OrganisationViewSet(ModelViewSet):
    model = Organisation
    name = "crm_organisation"
    url_namespace = "crm_organisation"
    url_prefix = "crm/organisations"
    icon = "group"
    menu_order = 210
    menu_hook = "register_crm_menu_item"
    menu_item_class = OrganisationMenuItem
    add_to_admin_menu = True
    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False
    form_fields: list[str] = []
    index_view_class = OrganisationListView
    add_view_class = OrganisationAddView
    edit_view_class = OrganisationEditView
    inspect_view_class = OrganisationRecordView

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        gone = {"delete_url_name": None, "history_url_name": None}
        return super().get_common_view_kwargs(
            **{**gone, "usage_url_name": None, **kwargs}
        )

    def get_urlpatterns(self) -> list:
        wanted = {"index", "index_results", "add", "edit", "inspect"}
        kept = [entry for entry in super().get_urlpatterns() if entry.name in wanted]
        views = {
            "archived": ("archived/", OrganisationsArchivedView),
            "archive": ("<int:pk>/archive/", OrganisationArchiveView),
            "story": ("<int:pk>/story/", OrganisationStoryView),
            "years": ("<int:pk>/years/", OrganisationYearsView),
            "add_person": ("<int:pk>/people/add/", PersonAddView),
            "edit_place": ("people/<int:pk>/", PlaceEditView),
            "end_place": ("people/<int:pk>/left/", PlaceEndView),
            "remove_place": ("people/<int:pk>/remove/", PlaceRemoveView),
            "add_department": ("<int:pk>/departments/add/", DepartmentAddView),
            "edit_department": ("departments/<int:pk>/", DepartmentEditView),
            "remove_department": (
                "departments/<int:pk>/remove/",
                DepartmentRemoveView,
            ),
        }
        return [
            *kept,
            *(
                path(route, view.as_view(), name=n)
                for n, (route, view) in views.items()
            ),
        ]
