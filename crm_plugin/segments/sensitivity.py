"""Segments that tell something sensitive are hidden from who may not know it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from crm_plugin import rules

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
    _forget_names(hidden)
    return len(hidden)


def picked_by_something_sensitive(segment: Segment) -> None:
    """Who is in it tells something sensitive from now on, also through other rules."""
    if segment.picked_sensitive:
        return
    flags = {"picked_sensitive": True, "reads_sensitive": True}
    Segment.objects.filter(pk=segment.pk).update(**flags)
    _forget_names([segment.pk])
    recompute()


def log_without_name(instance: ModelLogEntry, **_signal: Any) -> None:
    """The site history is read by everybody with any right to any segment."""
    if instance.content_type != ContentType.objects.get_for_model(Segment):
        return
    rows = Segment.objects.filter(pk=instance.object_id, reads_sensitive=True)
    if rows.exists():
        instance.label = _neutral(instance.object_id)
        _forget_names([instance.object_id])


def _forget_names(pks: Iterable[Any]) -> None:
    kind = ContentType.objects.get_for_model(Segment)
    for pk in pks:
        rows = ModelLogEntry.objects.filter(content_type=kind, object_id=str(pk))
        rows.update(label=_neutral(pk))


def _neutral(pk: Any) -> str:
    return _("sensitive segment no. %(number)s") % {"number": pk}
