"""Segments that tell something sensitive are hidden from who may not know it."""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from crm_plugin import rules
from crm_plugin.contacts import bulk
from crm_plugin.journal import site_history

from . import graph, schemes
from .models import Segment


def recompute() -> int:
    """Hide every segment that has come to read something sensitive; how many.

    It only hides: what stops being sensitive shows again when it is published.
    """
    hidden = []
    segments = schemes.gather(Segment.objects.all())
    for segment in graph.ordered(segments, graph.needs_of(segments)):
        if not segment.reads_sensitive and rules.reads_sensitive(segment.tree):
            Segment.objects.filter(pk=segment.pk).update(reads_sensitive=True)
            hidden.append(segment.pk)
    site_history.forget_names(Segment, hidden, _neutral)
    return len(hidden)


def hide() -> None:
    """Hide the segments that read something sensitive, and what was done by a rule
    that tells it."""
    recompute()
    bulk.hide_what_tells()


def picked_by_something_sensitive(segment: Segment) -> None:
    """Who is in it tells something sensitive from now on, also through other rules."""
    if segment.picked_sensitive:
        return
    flags = {"picked_sensitive": True, "reads_sensitive": True}
    Segment.objects.filter(pk=segment.pk).update(**flags)
    site_history.forget_names(Segment, [segment.pk], _neutral)
    hide()


def log_without_name(instance: ModelLogEntry, **_signal: Any) -> None:
    """The site history is read by everybody with any right to any segment."""
    hidden = Segment.objects.filter(reads_sensitive=True)
    site_history.hide_name(instance, hidden, _neutral)


def _neutral(pk: Any) -> str:
    return _("sensitive segment no. %(number)s") % {"number": pk}
