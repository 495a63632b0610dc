"""What staff fill in about somebody's plan."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm_plugin.sales.models import Plan, PlanPeriod
from crm_plugin.snippets.desk import day_input, plausible_day


def note_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Why, in their words"), required=False, max_length=300
    )


class ChangeForm(forms.Form):
    """Another plan from a day on, or none any more."""

    plan = forms.ModelChoiceField(
        Plan.objects.none(), label=pgettext_lazy("subscription", "Plan")
    )
    on = forms.DateField(label=gettext_lazy("From which day"), widget=day_input())
    note = note_field()

    def __init__(self, *args: Any, standing: PlanPeriod | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = standing
        field = self.fields["plan"]
        field.queryset = Plan.objects.filter(active=True)
        if standing:
            field.required = False
            field.empty_label = _("none any more")
            field.initial = standing.plan_id
        else:
            field.empty_label = _("Please choose")
        self.fields["on"].initial = timezone.localdate()

    def clean_on(self) -> dt.date | None:
        return plausible_day(self.cleaned_data["on"])


class StayForm(forms.Form):
    """Correct what is on record about one stay."""

    plan = forms.ModelChoiceField(
        Plan.objects.none(),
        label=pgettext_lazy("subscription", "Plan"),
        empty_label=None,
    )
    started_on = forms.DateField(
        label=gettext_lazy("From (first day)"), widget=day_input()
    )
    ended_on = forms.DateField(
        label=gettext_lazy("Until (last day)"), required=False, widget=day_input()
    )
    note = note_field()
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: PlanPeriod, **kwargs: Any) -> None:
        names = ["plan", "started_on", "ended_on", "note", "version"]
        initial = {name: getattr(row, name) for name in names}
        super().__init__(*args, initial=initial, **kwargs)
        offered = Q(active=True) | Q(pk=row.plan_id)
        self.fields["plan"].queryset = Plan.objects.filter(offered)

    def clean_started_on(self) -> dt.date | None:
        return plausible_day(self.cleaned_data["started_on"])

    def clean_ended_on(self) -> dt.date | None:
        return plausible_day(self.cleaned_data["ended_on"])

    def said(self) -> dict[str, Any]:
        names = ("plan", "started_on", "ended_on", "note")
        return {name: self.cleaned_data[name] for name in names}
