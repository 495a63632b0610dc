"""Which days a report is about: quarters and years of the site's fiscal year, or own."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from crm_plugin import rules
from crm_plugin.segments.movement import Between

DAY = dt.timedelta(days=1)
PERIODS = {
    "quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("the last quarter"),
    "year": gettext_lazy("this fiscal year"),
    "last_year": gettext_lazy("the last fiscal year"),
    "dates": gettext_lazy("between two days"),
}
MONTHS = {"quarter": 3, "year": 12}


def between(name: str) -> Between:
    """The period *name*; what is not over yet ends today."""
    today = timezone.localdate()
    months = MONTHS[name.removeprefix("last_")]
    first = rules.months.fiscal_start(today, months)
    if name.startswith("last_"):
        return Between(rules.months.moved(first, -months), first - DAY)
    return Between(first, today)


class PeriodForm(forms.Form):
    """A quarter, a year, or two days of which both are part of it."""

    # Shown only where the period is between two days.
    with_own_days = ("first", "last")

    period = forms.ChoiceField(
        choices=list(PERIODS.items()), label=gettext_lazy("Period"), required=False
    )
    first = forms.DateField(
        label=gettext_lazy("First day"), required=False, widget=AdminDateInput
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=AdminDateInput
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("period") != "dates":
            cleaned["between"] = between(cleaned.get("period") or "quarter")
            return cleaned
        first, last = cleaned.get("first"), cleaned.get("last")
        for name in ("first", "last"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in."))
        if first and last and first > last:
            self.add_error("first", _("The first date must be the earlier one."))
        if last and last > timezone.localdate():
            self.add_error("last", _("This day has not come yet."))
        if first and last:
            cleaned["between"] = Between(first, last)
        return cleaned
