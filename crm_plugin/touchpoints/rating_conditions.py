"""What rules can ask about how somebody rated us."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import blocks

from crm_plugin import rules

from .conditions import GROUP
from .models import Rating

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
    icon = "pick"
    group = GROUP
    aspects = frozenset({"touchpoints", "points"})

    class Value(rules.PeriodBlock):
        which = blocks.ChoiceBlock(
            choices=list(WHICH.items()), default="latest", label=gettext_lazy("which")
        )
        scale = blocks.ChoiceBlock(
            choices=list(SCALES.items()), default="nps", label=gettext_lazy("scale")
        )
        least = _score(pgettext_lazy("score", "from"), 0)
        most = _score(pgettext_lazy("score", "up to"), 6)
        when = rules.periods.when("ever", "last", "before", "dates")
        optional = {"least", "most"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._rows(value, at).values("contact_id")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Rating]:
        period = rules.periods.resolve(value, at)
        theirs = Rating.objects.filter(
            scale=value["scale"],
            contact__isnull=False,
            unverified=False,
            **period.moments("at"),
        )
        rows = theirs
        if value["which"] != "any":
            newer = theirs.filter(contact=OuterRef("contact"), at__gt=OuterRef("at"))
            rows = rows.filter(~Exists(newer))
        return rows.filter(score__range=bounds(value))

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
        found = Rating.objects.filter(
            contact=contact_id, scale=value["scale"], unverified=False
        )
        row = found.order_by("-at", "-pk").first()
        return row.words if row else _("none yet")


def bounds(value: Any) -> tuple[int, int]:
    """The lowest and the highest score that counts."""
    least, most = value.get("least"), value.get("most")
    return (0 if least is None else least), (10 if most is None else most)
