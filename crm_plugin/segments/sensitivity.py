"""Segments that tell something sensitive are hidden from who may not know it."""

from crm_plugin import rules

from . import graph
from .models import Segment


def recompute() -> int:
    """Hide every segment that has come to read something sensitive; how many.

    It only hides: what stops being sensitive shows again when it is published.
    """
    hidden = 0
    segments = list(Segment.objects.all())
    for segment in graph.ordered(segments, graph.needs_of(segments)):
        if not segment.reads_sensitive and rules.reads_sensitive(segment.rule):
            hidden += Segment.objects.filter(pk=segment.pk).update(reads_sensitive=True)
    return hidden
