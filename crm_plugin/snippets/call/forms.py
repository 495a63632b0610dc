"""What is noted about a call: words, a reason, a result, and what comes next."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin.snippets.desk import day_input
from crm_plugin.snippets.inquiries_forms import new_key
from crm_plugin.touchpoints import calls, tagging
from crm_plugin.touchpoints.models import Phase, Touchpoint

SIDES = [
    ("in", gettext_lazy("They called us")),
    ("out", gettext_lazy("We called them")),
]


class NumberForm(forms.Form):
    """The number, for those whose telephone opens no addresses."""

    number = forms.CharField(
        label=pgettext_lazy("telephone", "Number"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


class CallForm(forms.Form):
    """The result is the button that saves."""

    said = forms.CharField(
        label=gettext_lazy("What was said"),
        help_text=gettext_lazy(
            "What stands in quotation marks is shown as the person's own words."
        ),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=Touchpoint.Reason.choices,
        initial=Touchpoint.Reason.QUESTION,
        widget=forms.RadioSelect,
    )
    result = forms.ChoiceField(label=gettext_lazy("Result"), choices=calls.RESULTS)
    side = forms.ChoiceField(
        label=gettext_lazy("Who called"), choices=SIDES, initial="in", required=False
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, max_length=tagging.LONGEST
    )
    next_what = forms.CharField(
        label=gettext_lazy("Next step"), max_length=200, required=False
    )
    next_on = forms.DateField(
        label=gettext_lazy("On"), required=False, widget=day_input()
    )
    next_phase = forms.ChoiceField(
        label=gettext_lazy("Phase of the next step"),
        choices=[("", "–"), *Phase.choices],
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": new_key(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean_tags(self) -> str:
        return tagging.clean(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        complaint = said.get("reason") == Touchpoint.Reason.COMPLAINT
        if complaint and not said.get("said", "").strip():
            self.add_error("said", _("A complaint needs its words."))
        if bool(said.get("next_what")) != bool(said.get("next_on")):
            missing = "next_on" if said.get("next_what") else "next_what"
            if missing not in self.errors:
                text = _("A next step needs both what to do and a day.")
                self.add_error(missing, text)
        return said
