"""Scores that tell something sensitive are hidden from who may not know it."""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from crm_plugin import rules
from crm_plugin.contacts.models import AttributeDefinition
from crm_plugin.journal import site_history

from .models import Score


def hide_what_became_sensitive(instance: AttributeDefinition, **_signal: Any) -> None:
    """An attribute that turns sensitive hides at once what reads it.

    What stops being sensitive shows again when it is saved.
    """
    if not instance.sensitive:
        return
    hidden = [
        score.pk
        for score in Score.objects.filter(reads_sensitive=False)
        if any(rules.reads_sensitive(line.tree) for line in score.read_lines)
    ]
    Score.objects.filter(pk__in=hidden).update(reads_sensitive=True)
    site_history.forget_names(Score, hidden, _neutral)


def log_without_name(instance: ModelLogEntry, **_signal: Any) -> None:
    """The site history is read by everybody with any right to any score."""
    hidden = Score.objects.filter(reads_sensitive=True)
    site_history.hide_name(instance, hidden, _neutral)


def _neutral(pk: Any) -> str:
    return _("sensitive score no. %(number)s") % {"number": pk}
