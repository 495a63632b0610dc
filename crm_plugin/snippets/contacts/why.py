"""Why in which segments: every rule line by line, for one contact."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.segments import schemes
from crm_plugin.segments.models import Segment, SegmentMembership
from crm_plugin.snippets.desk import DeskView

from .one import OneContactMixin
from .picking import choices

MOST = 40


@dataclass
class Told:
    """One segment and what its rule says of the contact."""

    segment: Segment
    inside: bool
    explanation: rules.Explanation | None = None
    problems: list[str] = field(default_factory=list)


class WhyView(OneContactMixin, DeskView):
    """Each segment in force with its verdict, those that hold the contact first."""

    needs = ("view_segment",)
    page_title = gettext_lazy("Segments, and why")
    header_icon = "help"
    template_name = "crm_plugin/contacts/why.html"

    def get(self, request: Any, pk: int) -> Any:
        picked = choices(self.contact, request.user)
        return self.show(told=self.told(), contact=self.contact, picked=picked)

    def told(self) -> list[Told]:
        visible = Segment.objects.visible_to(self.request.user).live().of_people()
        shown = set(visible.values_list("pk", flat=True)[:MOST])
        # Of all in force: what a class before it takes counts, seen or not.
        found = schemes.gather(Segment.objects.live().of_people())
        stays = SegmentMembership.objects.filter(contact=self.contact, left_at=None)
        inside = set(stays.values_list("segment_id", flat=True))
        with rules.remembering():
            told = [self.one(row, row.pk in inside) for row in found if row.pk in shown]
        if any(entry.segment.reads_sensitive for entry in told):
            screen = access.Screen.WHY
            access.seen([self.contact.pk], by=self.request.user, screen=screen)
        return sorted(told, key=lambda entry: not entry.inside)

    def one(self, segment: Segment, inside: bool) -> Told:
        try:
            explanation = rules.explain(segment.tree, self.contact.pk)
        except rules.BrokenRule as error:
            return Told(segment, inside, problems=error.problems)
        return Told(segment, inside, explanation)
