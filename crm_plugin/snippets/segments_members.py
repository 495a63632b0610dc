"""Who is in a segment, since when, and why."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn
from wagtail.snippets.views.snippets import InspectView

from crm_plugin import rules
from crm_plugin.contacts.models import Contact
from crm_plugin.segments import shown
from crm_plugin.segments.models import SegmentMembership
from crm_plugin.segments.stored import condition
from crm_plugin.ui.addresses import people
from crm_plugin.ui.listing import CappedPaginator

from . import segments_refreshes
from .segments_past import context_of

PER_PAGE = 50
MOVED = {
    "": gettext_lazy("Entered"),
    "left": pgettext_lazy("who stopped being a member", "Left"),
}
SINCE = {
    "": gettext_lazy("at any time"),
    "1": gettext_lazy("today and yesterday"),
    "7": gettext_lazy("in the last 7 days"),
    "30": gettext_lazy("in the last 30 days"),
    "90": gettext_lazy("in the last 90 days"),
}


class MembersView(InspectView):
    """The rule as a sentence, the latest refreshes, and the members page by page."""

    template_name = "crm_plugin/segments/members.html"
    page_title = gettext_lazy("Members")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        paginator = self._pages()
        page = paginator.get_page(self.request.GET.get("p"))
        if self.object.reads_sensitive:
            ids = [stay.contact_id for stay in page.object_list]
            shown.chosen_by(self.object.tree, ids, by=self.request.user)
        with rules.remembering():
            past = context_of(self.object, self.request.user)
            sentence = rules.sentence(self.object.tree)
            problems = (
                rules.why_broken(self.object.tree) if self.object.frozen_at else []
            )
        return {
            **super().get_context_data(**kwargs),
            "sentence": sentence,
            "problems": problems,
            "left": self.left,
            "since": self.since,
            "moves": MOVED.items(),
            "choices": SINCE.items(),
            "page": page,
            "elided": paginator.get_elided_page_range(page.number),
            "table": Table(self._columns(), page.object_list),
            **segments_refreshes.context_of(self.object),
            **past,
            "list_url": self._list_url(),
            "may_export": self.request.user.has_perm("crm_plugin.export_contact"),
            "may_change": self.request.user.has_perm("crm_plugin.change_segment"),
        }

    @property
    def left(self) -> bool:
        """Whether those are asked for who are members no longer."""
        return self.request.GET.get("moved") == "left"

    @property
    def since(self) -> str:
        """The last days in which they entered or left; empty for any time."""
        since = self.request.GET.get("since", "")
        return since if since in SINCE else ""

    @property
    def period(self) -> dict[str, Any]:
        if not self.since:
            return {"when": "ever"}
        return {"when": "last", "days": int(self.since)}

    def _list_url(self) -> str:
        """The list of contacts narrowed to who is shown: to filter, change or export."""
        may = self.request.user.has_perm("crm_plugin.view_contact")
        if not may or self.object.of_visits or not self.object.in_force:
            return ""
        if not self.left and not self.since:
            return f"{reverse('crm_contact:index')}?segment={self.object.pk}"
        states = ["left"] if self.left else ["in", "entered"]
        key = self.object.key
        return people(
            *[condition("segment", segment=key, state=s, **self.period) for s in states]
        )

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_fields_context(self) -> list[dict[str, Any]]:
        return []

    def _pages(self) -> CappedPaginator:
        paginator = CappedPaginator(self._stays(), PER_PAGE)
        paginator.verbose_name = ngettext("member", "members", 1)
        paginator.verbose_name_plural = ngettext("member", "members", 2)
        return paginator

    def _stays(self) -> Any:
        contacts = Contact.objects.visible_to(self.request.user)
        moved = "left_at" if self.left else "entered_at"
        period = rules.periods.resolve(self.period, timezone.now())
        stays = SegmentMembership.objects.filter(
            # Asked of each row in turn: the index gives them in their order.
            Exists(contacts.filter(pk=OuterRef("contact_id"))),
            segment=self.object,
            left_at__isnull=not self.left,
            **period.moments(moved),
        ).select_related("contact")
        if self.left:
            return stays.order_by("-left_at", "-contact_id")
        return stays.order_by("-entered_at", "contact_id")

    def _columns(self) -> list[Column]:
        left = [DateColumn("left_at", label=_("Left on"))] if self.left else []
        return [
            TitleColumn(
                "name",
                label=_("Name"),
                accessor=lambda stay: stay.contact,
                get_url=lambda stay: stay.contact.get_admin_url(),
            ),
            DateColumn("entered_at", label=_("In it since")),
            *left,
            Column(
                "why",
                label=_("Why?"),
                accessor=self._why,
            ),
        ]

    def _why(self, stay: SegmentMembership) -> SafeString:
        url = reverse("crm_segment:explain", args=[self.object.pk, stay.contact_id])
        return format_html('<a href="{}">{}</a>', url, _("Explain"))
