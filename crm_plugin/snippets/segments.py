"""Admin screens of segments: list, editor with live preview, members, explanation."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.ui.tables import (
    Column,
    DateColumn,
    NumberColumn,
    StatusTagColumn,
)
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views import snippets as views

from crm_plugin import rules
from crm_plugin.segments.models import Segment, SegmentScheme
from crm_plugin.segments.places import places
from crm_plugin.ui.listing import EmptyStateMixin, OwnLanguageMixin

from .choosers import VisibleChooserViewSet, only_visible
from .segments_form import EDIT_HANDLER
from .segments_members import ExplainView, MembersView
from .segments_preview import PreviewOnCreate, PreviewOnEdit, PreviewRevision


class IndexView(EmptyStateMixin, OwnLanguageMixin, views.IndexView):
    """The list says of each segment whom it holds, in a sentence."""

    empty_text = _(
        "There are no segments yet. Describe a group in words, such as people who came"
        " once; the list fills by itself."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        with rules.remembering():
            for segment in context["object_list"]:
                segment.words = rules.sentence(segment.rule)
        return context


class CreateView(views.CreateView):
    """A new class is opened from the page of its scheme."""

    def get_initial_form_instance(self) -> Segment:
        segment = super().get_initial_form_instance() or Segment()
        asked = self.request.GET.get("scheme", "")
        if asked.isdecimal() and len(asked) < 10:
            segment.scheme = SegmentScheme.objects.filter(pk=asked).first()
        return segment


class EditView(views.EditView):
    def get_page_subtitle(self) -> str:
        return str(self.object)

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        url = reverse("crm_segment:inspect", args=[self.object.pk])
        members = Button(_("Members"), url=url, icon_name="group", priority=5)
        return [members, *super().header_more_buttons]


def _state(segment: Segment) -> str:
    """Published or not, without a query for workflows per row."""
    if not segment.live:
        return gettext("draft")
    return (
        gettext("live + draft") if segment.has_unpublished_changes else gettext("live")
    )


class SegmentViewSet(views.SnippetViewSet):
    model = Segment
    url_namespace = "crm_segment"
    url_prefix = "crm/segments"
    icon = "group"
    menu_label = _("Segments")
    menu_name = "crm-segments"
    menu_hook = "register_crm_menu_item"
    menu_order = 300
    add_to_admin_menu = True
    edit_handler = EDIT_HANDLER
    inspect_view_enabled = True
    list_display = [
        "__str__",
        Column("words", label=_("Rule"), classname="crm-segment-words"),
        NumberColumn("size", label=_("Members"), sort_key="size"),
        DateColumn("refreshed_at", label=_("Refreshed"), sort_key="refreshed_at"),
        StatusTagColumn(
            "state", label=_("Status"), accessor=_state, primary=lambda row: row.live
        ),
    ]
    list_per_page = 30
    search_fields = ["name", "name_ja"]
    search_backend_name = None
    index_results_template_name = IndexView.results_template_name
    chooser_viewset_class = VisibleChooserViewSet
    index_view_class = IndexView
    inspect_view_class = MembersView
    add_view_class = CreateView
    edit_view_class = EditView
    preview_on_add_view_class = PreviewOnCreate
    preview_on_edit_view_class = PreviewOnEdit
    revisions_view_class = PreviewRevision

    def get_queryset(self, request: HttpRequest) -> Any:
        return Segment.objects.visible_to(request.user)

    def construct_view(self, view_class: type, **kwargs: Any) -> Callable:
        return only_visible(Segment, super().construct_view(view_class, **kwargs))

    @property
    def explain_view(self) -> Callable:
        return self.construct_view(ExplainView)

    def get_urlpatterns(self) -> list:
        explain = path(
            "explain/<int:pk>/<int:contact_id>/", self.explain_view, name="explain"
        )
        return [*super().get_urlpatterns(), explain]


def refuse_deleting(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """Hook: a segment in use is not deleted; the places are shown instead."""
    in_use = [
        (segment, found)
        for segment in instances
        if isinstance(segment, Segment) and (found := places(segment))
    ]
    if not in_use:
        return None
    finder = AdminURLFinder(request.user)
    listed = [
        (
            segment,
            [(_noun(place), place, finder.get_edit_url(place)) for place in found],
        )
        for segment, found in in_use
    ]
    return render(request, "crm_plugin/segments/in_use.html", {"in_use": listed})


def _noun(place: Any) -> str:
    return capfirst(place._meta.verbose_name)
