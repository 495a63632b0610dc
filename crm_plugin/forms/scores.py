"""Stars and recommendation as questions: one tap each, usable by keyboard."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

STARS, NPS = "stars", "nps"
PREFIX = "score."
RANGES = {STARS: range(1, 6), NPS: range(11)}
ENDS = {
    STARS: (_("very bad"), _("very good")),
    NPS: (_("not at all likely"), _("very likely")),
}


class ScoreSelect(forms.RadioSelect):
    """Radio buttons in a row, with words at both ends."""

    template_name = "crm_plugin/forms/widgets/score.html"
    box = "crm-field__score"

    def __init__(self, scale: str, attrs: Any = None, choices: Any = ()) -> None:
        super().__init__(attrs, choices)
        self.scale = scale

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        low, high = ENDS[self.scale]
        return {**context, "scale": self.scale, "low": low, "high": high}


class ScoreField(forms.TypedChoiceField):
    """One number of a scale."""

    def __init__(self, *, scale: str, **kwargs: Any) -> None:
        kwargs.pop("initial", None)
        super().__init__(
            choices=[(number, str(number)) for number in RANGES[scale]],
            coerce=int,
            empty_value=None,
            widget=ScoreSelect(scale),
            **kwargs,
        )
        self.scale = scale

    def words(self, value: int) -> str:
        """The score as a person reads it."""
        if self.scale == NPS:
            return f"{value} / 10"
        stars = ngettext("%(n)d star of 5", "%(n)d stars of 5", value)
        return stars % {"n": value}
