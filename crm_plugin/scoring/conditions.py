"""What rules can ask about scores: their stored points, never their lines."""

import datetime as dt
import math
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Contact

from .computing import points_then
from .lines import said
from .models import ContactScore, Score

MOST = 1_000_000
HOW = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "between": gettext_lazy("between"),
    "top": gettext_lazy("among the top … %"),
}
NUMBERED = {"at_least", "at_most", "between"}


def offered(sensitive: bool = True) -> QuerySet[Score]:
    scores = Score.objects.all()
    return scores if sensitive else scores.filter(reads_sensitive=False)


def _points(label: Any, default: int) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False, default=default, min_value=-MOST, max_value=MOST, label=label
    )


class ScoreBlock(rules.ConditionBlock):
    """A score that the reader may see, and how many points there must be."""

    shown = {
        "number": {"how": NUMBERED},
        "number_to": {"how": {"between"}},
        "percent": {"how": {"top"}},
    }
    how = blocks.ChoiceBlock(
        choices=list(HOW.items()), default="at_least", label=gettext_lazy("points")
    )
    number = _points(gettext_lazy("number"), 10)
    number_to = _points(pgettext_lazy("score", "up to"), 20)
    percent = blocks.IntegerBlock(
        required=False, default=20, min_value=1, max_value=99, label=gettext_lazy("%")
    )

    class Meta:
        form_layout = ["score", "how", "number", "number_to", "percent"]

    def __init__(self, *, sensitive: bool = True, **kwargs: Any) -> None:
        score = rules.RecordChoiceBlock(
            partial(offered, sensitive), label=pgettext_lazy("points", "score")
        )
        super().__init__([("score", score)], **kwargs)


@rules.register
class HasScore(rules.Condition):
    """Who has no points has 0; the top are a share of those above 0."""

    name = "score"
    label = pgettext_lazy("points", "Score")
    icon = "order-up"
    group = gettext_lazy("Groups")
    aspects = frozenset({"scores"})

    def block(self, *, sensitive: bool = True) -> rules.ConditionBlock:
        return ScoreBlock(
            sensitive=sensitive, label=self.label, icon=self.icon, group=self.group
        )

    def offered(self) -> bool:
        return offered().exists()

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = ContactScore.objects.filter(score=_score(value))
        if value["how"] == "top":
            floor = rules.floor_of_top(rows, "value", value["percent"] or 1)
            found = rows.none() if floor is None else rows.filter(value__gte=floor)
            return found.values("contact_id")
        least, most = _limits(value)
        inside = Q(value__gte=least) & Q(value__lte=most)
        if least <= 0 <= most:
            return rules.everyone_but(rows.exclude(inside).values("contact_id"))
        return rows.filter(inside).values("contact_id")

    def past(self, value: Any) -> rules.Past:
        """Its lines tell, where each of them can be asked about the past."""
        score = _score(value)
        trees, name = [line.tree for line in score.read_lines], {"name": score}
        if not all(line.dated for tree in trees for line in rules.past_lines(tree)):
            text = _("A line of “%(name)s” asks for what is kept only as it is now.")
            return rules.Past(why_not=text % name)
        days = [day for tree in trees if (day := rules.first_day(tree))]
        return rules.Past(_("the lines of “%(name)s”") % name, max(days, default=None))

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        """By the lines of today, each asked as of the day."""
        points = points_then(_score(value).read_lines, at)
        if value["how"] == "top":
            floor = _floor(points.values(), value["percent"] or 1)
            return _people(pk for pk, number in points.items() if number >= floor)
        least, most = _limits(value)
        inside = {pk for pk, number in points.items() if least <= number <= most}
        if least <= 0 <= most:
            return rules.everyone_but(_people(points.keys() - inside))
        return _people(inside)

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        """Whom the top holds changes with the points of all others."""
        moving = {"when": "last"} if value["how"] == "top" else {}
        return rules.periods.next_change(moving, at)

    def problems(self, value: Any, user: Any) -> list[str]:
        try:
            _score(value)
        except rules.BrokenRule as error:
            return error.problems
        least, most = _limits(value)
        if value["how"] == "between" and least > most:
            return [_("The first number must be the smaller one.")]
        return []

    def span(self, value: Any) -> rules.Span | None:
        if value["how"] == "top":
            return None
        return rules.Span((self.name, value["score"]), *_limits(value))

    def sentence(self, value: Any) -> str:
        words = {
            "score": rules.find(Score, value["score"]) or "…",
            "least": number_format(value["number"] or 0),
            "most": number_format(value["number_to"] or 0),
            "percent": value["percent"] or 0,
        }
        return {
            "at_least": _("at least %(least)s points in “%(score)s”"),
            "at_most": _("at most %(least)s points in “%(score)s”"),
            "between": _("%(least)s to %(most)s points in “%(score)s”"),
            "top": _("top %(percent)s %% by points in “%(score)s”"),
        }[value["how"] or "at_least"] % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = ContactScore.objects.filter(score=_score(value), contact=contact_id)
        return said(rows.values_list("value", flat=True).first() or 0, sign=False)

    def things(self, value: Any) -> set[tuple[str, str]]:
        """Whatever its lines ask for: who is not known there has no points for it."""
        score = rules.find(Score, value["score"])
        lines = score.read_lines if score else []
        return {thing for line in lines for thing in rules.things(line.tree)}

    def reads_sensitive(self, value: Any) -> bool:
        score = rules.find(Score, value["score"])
        return score is not None and score.reads_sensitive


def _floor(points: Iterable[int], percent: int) -> float:
    """The points from which on somebody is among the top *percent* of those above 0."""
    best = sorted((number for number in points if number > 0), reverse=True)
    return best[math.ceil(len(best) * percent / 100) - 1] if best else math.inf


def _people(ids: Iterable[int]) -> QuerySet:
    return Contact.objects.filter(pk__in=rules.listed([*ids])).values("pk")


def _limits(value: Any) -> tuple[int, int]:
    """The least and the most points that count."""
    number = value["number"] or 0
    return {
        "at_most": (-MOST * MOST, number),
        "between": (number, value["number_to"] or 0),
    }.get(value["how"], (number, MOST * MOST))


def _score(value: Any) -> Score:
    found = rules.find(Score, value["score"])
    if found is None:
        raise rules.BrokenRule(
            [_("The score “%(key)s” is gone.") % {"key": value["score"]}]
        )
    if not found.active:
        raise rules.BrokenRule(
            [_("The score “%(name)s” is switched off.") % {"name": found}]
        )
    return found
