"""Why in which segments: every rule line by line, for one contact."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.segments import schemes
from crm_plugin.segments.models import Segment, SegmentMembership
from crm_plugin.snippets.desk import DeskView
from crm_plugin.ui.listing import KnownPaginator

from .one import OneContactMixin
from .picking import choices

PER_PAGE = 40
STAYS = 5
# Read at once, of all segments of a page: no boundless history.
MOST = 1_000


@dataclass
class Told:
    """One segment, what its rule says of the contact, and when they were in it."""

    segment: Segment
    inside: bool
    explanation: rules.Explanation | None = None
    problems: list[str] = field(default_factory=list)
    stays: list[SegmentMembership] = field(default_factory=list)

    @property
    def latest(self) -> list[SegmentMembership]:
        return self.stays[:STAYS]

    @property
    def has_more(self) -> bool:
        return len(self.stays) > STAYS


class WhyView(OneContactMixin, DeskView):
    """Each segment in force with its verdict, those that hold the contact first."""

    needs = ("view_segment",)
    page_title = gettext_lazy("Segments, and why")
    header_icon = "help"
    template_name = "crm_plugin/contacts/why.html"

    def get(self, request: Any, pk: int) -> Any:
        page = self.page()
        return self.show(
            told=self.told(page.object_list),
            page=page,
            elided=page.paginator.get_elided_page_range(page.number),
            contact=self.contact,
            picked=choices(self.contact, request.user),
        )

    def page(self) -> Page:
        """The segments of this page, each with whether the contact is in it."""
        stays = SegmentMembership.objects.filter(contact=self.contact, left_at=None)
        inside = set(stays.values_list("segment_id", flat=True))
        visible = Segment.objects.visible_to(self.request.user).live().of_people()
        rows = [(pk, pk in inside) for pk in visible.values_list("pk", flat=True)]
        rows.sort(key=lambda row: not row[1])
        paginator = KnownPaginator(rows, PER_PAGE, count=len(rows))
        return paginator.get_page(self.request.GET.get("p"))

    def told(self, shown: list[tuple[int, bool]]) -> list[Told]:
        # Of all in force: what a class before it takes counts, seen or not.
        found = schemes.gather(Segment.objects.live().of_people())
        known = {segment.pk: segment for segment in found}
        with rules.remembering():
            told = [self.one(known[pk], inside) for pk, inside in shown if pk in known]
        stays = self.stays([entry.segment.pk for entry in told])
        for entry in told:
            entry.stays = stays[entry.segment.pk]
        if any(entry.segment.reads_sensitive for entry in told):
            screen = access.Screen.WHY
            access.seen([self.contact.pk], by=self.request.user, screen=screen)
        return told

    def stays(self, ids: list[int]) -> dict[int, list[SegmentMembership]]:
        """When the contact was in these segments, the latest stay first."""
        rows = SegmentMembership.objects.filter(contact=self.contact, segment__in=ids)
        found = defaultdict(list)
        for stay in rows.order_by("-entered_at")[:MOST]:
            found[stay.segment_id].append(stay)
        return found

    def one(self, segment: Segment, inside: bool) -> Told:
        try:
            explanation = rules.explain(segment.tree, self.contact.pk)
        except rules.BrokenRule as error:
            return Told(segment, inside, problems=error.problems)
        return Told(segment, inside, explanation)
