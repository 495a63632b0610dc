"""Admin screens of segments: list, editor with live preview, members, explanation."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.ui.tables import (
    DateColumn,
    NumberColumn,
    StatusTagColumn,
)
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views import snippets as views

from crm_plugin import rules
from crm_plugin.segments import graph
from crm_plugin.segments.copies import copy_of
from crm_plugin.segments.models import Segment, SegmentScheme
from crm_plugin.ui.exports import Columns, ColumnsExportMixin
from crm_plugin.ui.listing import EmptyStateMixin, OwnLanguageMixin
from crm_plugin.ui.meanwhile import DraftMeanwhileMixin

from .choosers import VisibleChooserViewSet, only_visible, untold
from .segments_explain import ExplainView, ExplainWhomView
from .segments_form import EDIT_HANDLER
from .segments_in_use import HistoryView, UnpublishView, UsageView
from .segments_members import MembersView
from .segments_past import DayView, FillProgressView, FillView
from .segments_preview import PreviewOnCreate, PreviewOnEdit, PreviewRevision
from .segments_ready import ReadyView
from .segments_still import RuleColumn, TellsStillMixin, problems, since, tell
from .whole_forms import TellsWhatLacksMixin, whole_only


def _words(segment: Segment) -> str:
    """Whom it holds, and of which scheme it is one: its name alone may be a letter."""
    rest = gettext("Everybody whom no group above takes")
    words = rest if segment.rest else rules.sentence(segment.rule)
    scheme = str(segment.scheme or "")
    return words if words.startswith(scheme) else f"{scheme}: {words}"


def _state(segment: Segment) -> str:
    """Published or not, without a query for workflows per row."""
    if not segment.live:
        return gettext("draft")
    return (
        gettext("live + draft") if segment.has_unpublished_changes else gettext("live")
    )


class MembersColumn(NumberColumn):
    """How many are in it, and the way to them; one of visits says that it is one."""

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> Any:
        context = super().get_cell_context_data(instance, parent_context)
        if instance.of_visits:
            tag = '<span class="w-status">{}</span>'
            context["value"] = format_html(tag, gettext("visits"))
        else:
            url = reverse("crm_segment:inspect", args=[instance.pk])
            link = format_html('<a href="{}">{}</a>', url, context["value"])
            context["value"] = link
        return context


def _about(segment: Segment) -> str:
    return gettext("visits") if segment.of_visits else gettext("people")


READY = _("Add a ready-made one")
EXPORTED: Columns = {
    "name": (_("Name"), str),
    "rule": (_("Rule"), _words),
    "about": (_("About"), _about),
    "size": (_("Members"), lambda row: row.size),
    "refreshed_at": (_("Refreshed"), lambda row: row.refreshed_at),
    "state": (_("Status"), _state),
    "still": (_("Stands still since"), since),
    "problems": (_("Why it stands still"), problems),
}


class IndexView(EmptyStateMixin, ColumnsExportMixin, OwnLanguageMixin, views.IndexView):
    """The list says of each segment whom it holds, in a sentence."""

    empty_text = _(
        "There are no segments yet. Describe a group in words, such as people who came"
        " once; the list fills by itself."
    )
    exported = EXPORTED

    @cached_property
    def header_buttons(self) -> list[Any]:
        buttons = super().header_buttons
        if not self.ready_url:
            return buttons
        return [*buttons, HeaderButton(READY, url=self.ready_url, icon_name="pick")]

    @property
    def ready_url(self) -> str:
        """Where ready-made ones are, for whoever may make one."""
        may = self.request.user.has_perm("crm_plugin.add_segment")
        return reverse("crm_segment:ready") if may else ""

    @property
    def further(self) -> list[tuple[str, Any]]:
        """What an empty list offers beside an own one."""
        return [(self.ready_url, READY)] if self.ready_url else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        with rules.remembering():
            for segment in context["object_list"]:
                segment.words = _words(segment)
            tell(context["object_list"])
        return context

    def export_rows(self, objects: list[Segment]) -> Iterable[Sequence[Any]]:
        with rules.remembering():
            yield from super().export_rows(objects)


class TellsRefusalMixin:
    """A circle that closed since the form was looked at: what was typed is a draft."""

    def run_action_method(self) -> HttpResponse | None:
        try:
            with transaction.atomic():
                return super().run_action_method()  # type: ignore[misc]
        except rules.BrokenRule as error:
            text = gettext("It was saved as a draft and not published: %(problems)s")
            words = {"problems": " ".join(error.problems)}
            messages.error(self.request, text % words)  # type: ignore[attr-defined]
        return redirect(self.get_edit_url())  # type: ignore[attr-defined]


class CreateView(TellsRefusalMixin, views.CreateView):
    """A new class is opened from the page of its scheme."""

    def get_initial_form_instance(self) -> Segment:
        segment = super().get_initial_form_instance() or Segment()
        asked = self.request.GET.get("scheme", "")
        if asked.isdecimal() and len(asked) < 10:
            segment.scheme = SegmentScheme.objects.filter(pk=asked).first()
        return segment


class CopyView(TellsRefusalMixin, views.CopyView):
    """A copy is another segment: what uses the first one goes on using that."""

    def get_initial_form_instance(self) -> Segment:
        return copy_of(self.get_object())


class EditView(
    TellsStillMixin,
    TellsRefusalMixin,
    TellsWhatLacksMixin,
    DraftMeanwhileMixin,
    views.EditView,
):
    def get_page_subtitle(self) -> str:
        return str(self.object)

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        url = reverse("crm_segment:inspect", args=[self.object.pk])
        members = Button(_("Members"), url=url, icon_name="group", priority=5)
        return [members, *super().header_more_buttons]


class ApproveView(views.WorkflowActionView):
    """Whoever approves sees no form: what its rule lacks is said instead."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        draft = self.object.get_latest_revision_as_object()
        found = self._problems(draft) if self.action_name == "approve" else []
        try:
            if not found:
                with transaction.atomic():
                    return super().post(request, *args, **kwargs)
        except rules.BrokenRule as error:
            found = error.problems
        text = gettext("It was not approved, because of its rule: %(problems)s")
        messages.error(request, text % {"problems": " ".join(found)})
        url = reverse("crm_segment:edit", args=[draft.pk])
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return self.render_modal_json(request, {"step": "success", "redirect": url})
        return redirect(url)

    def _problems(self, draft: Segment) -> list[str]:
        if refusal := graph.refusal(draft):
            return [refusal]
        if draft.rest:
            return []
        return rules.problems(draft.rule, self.request.user, visits=True)


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
        RuleColumn("words", label=_("Rule"), classname="crm-rule"),
        MembersColumn("size", label=_("Members"), sort_key="size"),
        DateColumn(
            "refreshed_at",
            label=_("Refreshed"),
            sort_key="refreshed_at",
            classname="crm-wide",
        ),
        StatusTagColumn(
            "state", label=_("Status"), accessor=_state, primary=lambda row: row.live
        ),
    ]
    list_export = list(EXPORTED)
    export_filename = "segments"
    list_per_page = 30
    search_fields = ["name", "name_ja"]
    search_backend_name = None
    index_results_template_name = IndexView.results_template_name
    chooser_viewset_class = VisibleChooserViewSet
    index_view_class = IndexView
    inspect_view_class = MembersView
    add_view_class = CreateView
    copy_view_class = CopyView
    edit_view_class = EditView
    workflow_action_view_class = ApproveView
    edit_template_name = "crm_plugin/segments/edit.html"
    preview_on_add_view_class = PreviewOnCreate
    preview_on_edit_view_class = PreviewOnEdit
    revisions_view_class = PreviewRevision
    usage_view_class = UsageView
    history_view_class = HistoryView
    unpublish_view_class = UnpublishView

    @property
    def url_finder_class(self) -> type:
        return untold(super().url_finder_class)

    def get_queryset(self, request: HttpRequest) -> Any:
        return Segment.objects.visible_to(request.user).select_related("scheme")

    def construct_view(self, view_class: type, **kwargs: Any) -> Callable:
        view = super().construct_view(view_class, **kwargs)
        return only_visible(Segment, whole_only(view))

    @property
    def explain_view(self) -> Callable:
        return self.construct_view(ExplainView)

    @property
    def ready_view(self) -> Callable:
        return ReadyView.as_view()

    def get_urlpatterns(self) -> list:
        def one(route: str, view: type, name: str) -> Any:
            return path(f"{route}/<int:pk>/", self.construct_view(view), name=name)

        explain = path(
            "explain/<int:pk>/<int:contact_id>/", self.explain_view, name="explain"
        )
        return [
            *super().get_urlpatterns(),
            path("ready/", self.ready_view, name="ready"),
            explain,
            one("explain", ExplainWhomView, "explain_whom"),
            one("on-day", DayView, "on_day"),
            one("fill-past", FillView, "fill_past"),
            one("past-progress", FillProgressView, "past_progress"),
        ]
