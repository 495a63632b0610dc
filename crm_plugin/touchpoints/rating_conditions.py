"""What rules can ask about how somebody rated us."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .data_things import RATED
from .models import Rating
from .sorts import GROUP

WHICH = {
    "latest": gettext_lazy("the latest"),
    "any": pgettext_lazy("rating", "any"),
}
SCALES = {
    "nps": gettext_lazy("recommendation (0 to 10)"),
    "stars": gettext_lazy("stars (1 to 5)"),
}


def _score(label: Any, default: int) -> blocks.IntegerBlock:
    return blocks.IntegerBlock(
        required=False, default=default, min_value=0, max_value=10, label=label
    )


@rules.register
class Rated(rules.Condition):
    """A score between two numbers; nothing that is unverified counts."""

    name = "rated"
    label = gettext_lazy("Rated us")
    dated_by = gettext_lazy("the ratings")
    icon = "pick"
    group = GROUP
    aspects = frozenset({"touchpoints", "points"})
    rests_on = frozenset({("contact", RATED)})

    class Value(rules.PeriodBlock):
        which = blocks.ChoiceBlock(
            choices=list(WHICH.items()), default="latest", label=gettext_lazy("which")
        )
        scale = blocks.ChoiceBlock(
            choices=list(SCALES.items()), default="nps", label=gettext_lazy("scale")
        )
        least = _score(pgettext_lazy("score", "from"), 0)
        most = _score(pgettext_lazy("score", "up to"), 6)
        when = rules.periods.past("ever")
        optional = {"least", "most"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at, at__lte=at).values("contact_id")

    def _rows(self, value: Any, at: dt.datetime, **known: Any) -> QuerySet[Rating]:
        rows = theirs = self._theirs(value, at).filter(**known)
        if value["which"] != "any":
            newer = theirs.filter(contact=OuterRef("contact"), at__gt=OuterRef("at"))
            rows = rows.filter(~Exists(newer))
        return rows.filter(score__range=bounds(value))

    def _theirs(self, value: Any, at: dt.datetime) -> QuerySet[Rating]:
        """All that counts on the scale in the period, whatever the score."""
        return Rating.objects.filter(
            scale=value["scale"],
            contact__isnull=False,
            unverified=False,
            **rules.periods.resolve(value, at).moments("at"),
        )

    def problems(self, value: Any, user: Any) -> list[str]:
        least, most = bounds(value)
        if least > most:
            return [_("The first number must be the smaller one.")]
        return super().problems(value, user)

    def sentence(self, value: Any) -> str:
        least, most = bounds(value)
        said = {
            "which": WHICH.get(value["which"], "…"),
            "scale": SCALES.get(value["scale"], "…"),
            "least": least,
            "most": most,
        }
        text = _("%(which)s rating by %(scale)s is %(least)s to %(most)s") % said
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._theirs(value, at).filter(contact=contact_id)
        found = rows.order_by("-at", "-pk")[: 5 if value["which"] == "any" else 1]
        return ", ".join(row.words for row in found) or _("none yet")


def bounds(value: Any) -> tuple[int, int]:
    """The lowest and the highest score that counts."""
    least, most = value.get("least"), value.get("most")
    return (0 if least is None else least), (10 if most is None else most)
