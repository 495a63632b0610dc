"""The points of one contact in each score, and what every line gave."""

import math
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy

from crm_plugin import rules
from crm_plugin.contacts import access
from crm_plugin.contacts.models import Contact
from crm_plugin.scoring.explaining import Told, explain
from crm_plugin.scoring.lines import said
from crm_plugin.scoring.models import ContactScore, Score
from crm_plugin.snippets.desk import DeskView

from .one import OneContactMixin

MOST = 40


@dataclass
class Points:
    """One score with the contact's points, and how they came about."""

    score: Score
    value: int
    lines: list[Told] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        return said(self.value, sign=False)

    @property
    def now(self) -> int:
        """What the lines come to, rounded as the refresh does it."""
        return math.floor(sum(line.points for line in self.lines) + 0.5)


def of(contact: Contact, user: Any) -> list[Points]:
    """The scores that *user* may see with the contact's points: two queries."""
    scores = list(Score.objects.visible_to(user).in_force()[:MOST])
    if not scores:
        return []
    rows = ContactScore.objects.filter(contact=contact.pk, score__in=scores)
    held = dict(rows.values_list("score_id", "value"))
    return [Points(score, held.get(score.pk, 0)) for score in scores]


class ScoresView(OneContactMixin, DeskView):
    """The points in every score in force, and one of them line by line: ``?score=``
    and its key, or the first."""

    needs = ("view_score",)
    page_title = gettext_lazy("Scores, and why")
    header_icon = "order-up"
    template_name = "crm_plugin/contacts/scores.html"

    def get(self, request: Any, pk: int) -> Any:
        told = of(self.contact, request.user)
        chosen = self.chosen(told)
        if any(points.score.reads_sensitive for points in told):
            screen = access.Screen.WHY
            access.seen([self.contact.pk], by=request.user, screen=screen)
        return self.show(told=told, chosen=chosen, contact=self.contact)

    def chosen(self, told: list[Points]) -> Points | None:
        asked = self.request.GET.get("score")
        found = [each for each in told if asked in (None, each.score.key)]
        if asked is not None and not found:
            raise Http404
        return self.explained(found[0]) if found else None

    def explained(self, points: Points) -> Points:
        try:
            points.lines = explain(points.score, self.contact.pk)
        except rules.BrokenRule as error:
            points.problems = error.problems
        return points
