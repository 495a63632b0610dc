"""What a line of the ledger says, in words: its codes outlive every name."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Preference

# On what staff wrote down what a person asked for.
SAID = {
    "phone": gettext_lazy("said on the phone"),
    "counter": gettext_lazy("said at the counter"),
    "letter": gettext_lazy("written to us"),
}
CHOICES = {
    "frequency": dict(Preference.Frequency.choices),
    "channel": dict(Preference.Channel.choices),
}


def wishes(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, "old → new") of each preference that a line changed."""
    labels = {
        "frequency": _("How often"),
        "paused_until": _("Paused until"),
        "channel": _("Preferred channel"),
        "language": _("Language"),
    }
    return [
        (label, f"{_said(name, old)} → {_said(name, new)}")
        for name, label in labels.items()
        if isinstance(pair := evidence.get(name), list) and len(pair) == 2
        for old, new in [pair]
    ]


def _said(name: str, value: Any) -> str:
    if not value:
        return "–"
    if name == "paused_until":
        return date_format(dt.date.fromisoformat(value), "DATE_FORMAT")
    if name == "language":
        return _(dict(settings.LANGUAGES).get(value, value))
    return str(CHOICES[name].get(value, value))
