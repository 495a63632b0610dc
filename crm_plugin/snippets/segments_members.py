"""Who is in a segment, since when, and why."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.snippets.views.snippets import InspectView

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.segments.models import Segment, SegmentMembership, SegmentRefresh
from crm_plugin.ui import charts

PER_PAGE = 50
# So many refreshes are drawn.
DRAWN = 30
SINCE = {
    "": gettext_lazy("at any time"),
    "1": gettext_lazy("today and yesterday"),
    "7": gettext_lazy("in the last 7 days"),
    "30": gettext_lazy("in the last 30 days"),
    "90": gettext_lazy("in the last 90 days"),
}


def drawn(refreshes: list[SegmentRefresh]) -> charts.Chart | None:
    """The number of members after each of the latest *refreshes*, the oldest first."""
    if len(refreshes) < 2:
        return None
    items = [
        charts.Item(
            date_format(timezone.localtime(row.at), "SHORT_DATETIME_FORMAT"),
            row.size,
            text=f"{row.size:,} (+{row.entered:,} −{row.left:,})",
        )
        for row in reversed(refreshes)
    ]
    return charts.line(
        _("Members after each refresh"),
        items,
        label_heading=_("At"),
        value_heading=_("Members"),
    )


class MembersView(InspectView):
    """The rule as a sentence, the latest refreshes, and the members page by page."""

    template_name = "crm_plugin/segments/members.html"
    page_title = gettext_lazy("Members")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refreshes = list(self.object.refreshes.order_by("-at")[:DRAWN])
        page = Paginator(self._stays(), PER_PAGE).get_page(self.request.GET.get("p"))
        with rules.remembering():
            sentence = rules.sentence(self.object.tree)
            problems = (
                rules.why_broken(self.object.tree) if self.object.frozen_at else []
            )
        return {
            **super().get_context_data(**kwargs),
            "sentence": sentence,
            "problems": problems,
            "since": self.request.GET.get("since", ""),
            "choices": SINCE.items(),
            "page": page,
            "table": Table(self._columns(), page.object_list),
            "refreshes": refreshes[:5],
            "drawn": drawn(refreshes),
        }

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_fields_context(self) -> list[dict[str, Any]]:
        return []

    def _stays(self) -> Any:
        contacts = Contact.objects.visible_to(self.request.user)
        stays = SegmentMembership.objects.filter(
            segment=self.object, left_at=None, contact__in=contacts.values("pk")
        )
        since = self.request.GET.get("since", "")
        if since in SINCE and since:
            days = dt.timedelta(days=int(since))
            stays = stays.filter(entered_at__gte=timezone.now() - days)
        return stays.select_related("contact").order_by("-entered_at", "contact_id")

    def _columns(self) -> list[Column]:
        return [
            TitleColumn(
                "name",
                label=_("Name"),
                accessor=lambda stay: stay.contact,
                get_url=lambda stay: stay.contact.get_admin_url(),
            ),
            DateColumn("entered_at", label=_("In it since")),
            Column(
                "why",
                label=_("Why?"),
                accessor=self._why,
            ),
        ]

    def _why(self, stay: SegmentMembership) -> SafeString:
        url = reverse("crm_segment:explain", args=[self.object.pk, stay.contact_id])
        return format_html('<a href="{}">{}</a>', url, _("Explain"))


class ExplainView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Why one contact is in the segment or is not, line by line."""

    model: type[Segment]
    any_permission_required = ["add", "change", "delete", "view"]
    template_name = "crm_plugin/segments/explain.html"
    page_title = gettext_lazy("Explain")
    header_icon = "help"
    index_url_name = ""

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        segment = self._segment
        return [
            *self.breadcrumbs_items,
            {"url": reverse("crm_segment:list"), "label": _("Segments")},
            {
                "url": reverse("crm_segment:inspect", args=[segment.pk]),
                "label": str(segment),
            },
            {"url": "", "label": _("Explain"), "sublabel": str(self._contact)},
        ]

    @cached_property
    def _segment(self) -> Segment:
        return get_object_or_404(Segment, pk=self.kwargs["pk"])

    @cached_property
    def _contact(self) -> Contact:
        visible = Contact.objects.visible_to(self.request.user)
        return get_object_or_404(visible.known_as(self.kwargs["contact_id"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        segment, contact = self._segment, self._contact
        try:
            explanation, problems = rules.explain(segment.tree, contact.pk), []
            if segment.reads_sensitive:
                screen = access.Screen.WHY
                access.seen([contact.pk], by=self.request.user, screen=screen)
        except rules.BrokenRule as error:
            explanation, problems = None, error.problems
        stays = SegmentMembership.objects.filter(segment=segment, contact=contact)
        return {
            **super().get_context_data(**kwargs),
            "segment": segment,
            "contact": contact,
            "explanation": explanation,
            "problems": problems,
            "stays": stays.order_by("-entered_at")[:20],
        }
