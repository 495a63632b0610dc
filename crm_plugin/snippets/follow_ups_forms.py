"""What staff fill in about a next step: planned, ticked off, put off, changed."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin.touchpoints import follow_ups
from crm_plugin.touchpoints.models import Channel, FollowUp, Phase

from .colleagues import ColleagueField
from .desk import day_input, plausible_day


def today() -> dt.date:
    """The site's day, wherever the reader is."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


class DayForm(forms.Form):
    """Another day for a step; none that is over."""

    due_on = forms.DateField(
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("That is not a date.")
        ),
    )

    def clean_due_on(self) -> dt.date | None:
        due_on = plausible_day(self.cleaned_data["due_on"])
        if due_on and due_on < today():
            raise forms.ValidationError(_("That day is over."))
        return due_on


class OutcomeForm(forms.Form):
    """What came of a step, in a few words or none."""

    outcome = forms.CharField(
        label=gettext_lazy("Outcome"), max_length=200, required=False
    )


class StepForm(DayForm):
    """The next step: what, and when, by a button or by a date.

    With a usual *phase* it is never without one.
    """

    what = forms.CharField(label=gettext_lazy("What to do"), max_length=200)
    due_on = forms.DateField(
        label=gettext_lazy("On another day"), required=False, widget=day_input()
    )
    channel = forms.ChoiceField(
        label=pgettext_lazy("channel", "By"),
        required=False,
        choices=[("", "–"), *Channel.choices],
    )
    phase = forms.ChoiceField(
        label=gettext_lazy("Phase"), required=False, choices=[("", "–"), *Phase.choices]
    )

    def __init__(self, *args: Any, phase: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual = phase
        if phase:
            self.fields["phase"].choices = Phase.choices  # type: ignore[attr-defined]
            self.fields["phase"].initial = phase

    def clean_phase(self) -> str:
        return self.cleaned_data["phase"] or self.usual


class FollowUpForm(StepForm):
    """A next step from the record: on a day, by somebody."""

    owner = ColleagueField(
        label=gettext_lazy("By whom"), empty_label=gettext_lazy("anybody")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].initial = user
        self.fields["due_on"].initial = today() + dt.timedelta(7)
        self.fields["due_on"].label = gettext_lazy("on")
        self.fields["due_on"].required = True


class ChangeForm(FollowUpForm):
    """An open step as it stands; a day that is over already may stay."""

    def __init__(self, *args: Any, step: FollowUp, **kwargs: Any) -> None:
        said = {name: getattr(step, name) for name in follow_ups.EDITED}
        said["owner"] = step.owner_id
        super().__init__(*args, user=None, initial=said, **kwargs)
        self.fields["owner"].keep(step.owner_id)  # type: ignore[attr-defined]

    def clean_due_on(self) -> dt.date | None:
        if self.cleaned_data["due_on"] == self.initial["due_on"]:
            return self.initial["due_on"]
        return super().clean_due_on()
