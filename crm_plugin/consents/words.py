"""What a line of the ledger says, in words: its codes outlive every name."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Consent, Preference

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
# What is noted beside a line, and the codes among it.
NOTED = {
    "note": gettext_lazy("note"),
    "page_title": gettext_lazy("page"),
    "page_url": gettext_lazy("page address"),
    "browser": gettext_lazy("browser"),
    "said_at": gettext_lazy("said at"),
    "state": gettext_lazy("state"),
    "at": gettext_lazy("at"),
}
CODES: dict[str, dict[str, Any]] = {
    "browser": {
        "recognised": gettext_lazy("recognised by a link in a mail"),
        "verified": gettext_lazy("confirmed by mail"),
    },
    "state": dict(Consent.State.choices),
}


def noted(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of what stands beside a line, such as the page of a form."""
    return [
        (str(NOTED.get(name, name)), _in_words(name, text))
        for name, text in evidence.items()
        if text and isinstance(text, str)
    ]


def _in_words(name: str, text: str) -> str:
    if name in ("said_at", "at"):
        at = timezone.localtime(dt.datetime.fromisoformat(text))
        return date_format(at, "SHORT_DATETIME_FORMAT")
    return str(CODES.get(name, {}).get(text, text))


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
