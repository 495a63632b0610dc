"""What a host site mixes into its pages: previews as everyone else and per segment."""

from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from wagtail.fields import StreamField

from crm_plugin import normalise
from crm_plugin.segments.models import Segment

from .blocks import label_of
from .variants import STRANGER, Member

PREFIX = "crm-segment-"
MOST_MODES = 20


def segment_ids_in(instance: Model) -> set[int]:
    """The segments that the StreamFields of *instance* mention."""
    return {
        int(object_id)
        for field in instance._meta.get_fields()
        if isinstance(field, StreamField)
        for model, object_id, *_paths in field.stream_block.extract_references(
            field.value_from_object(instance)
        )
        if model is Segment
    }


def preview_modes_for(segment_ids: set[int]) -> list[tuple[str, str]]:
    """Preview modes by segment: those in use, and all others while they are few.

    An editor who adds a variant finds its segment at once, without reloading.
    """
    used = Q(pk__in=segment_ids)
    others = Q(live=True, active=True, reads_sensitive=False)
    segments = list(Segment.objects.filter(used | others)[: MOST_MODES + 1])
    if len(segments) > MOST_MODES:
        segments = list(Segment.objects.filter(used))
    segments.sort(key=lambda segment: segment.pk not in segment_ids)
    return [
        (f"{PREFIX}{segment.pk}", _("As %(segment)s") % {"segment": label_of(segment)})
        for segment in segments
    ]


def reader_for(mode: str) -> Member:
    """Whom a preview mode of ``preview_modes_for`` stands for."""
    number = normalise.whole(mode.removeprefix(PREFIX))
    return Member(frozenset({number})) if number is not None else STRANGER


class PersonalisedPageMixin:
    """Put before ``Page``: the editor previews the page as each segment it uses."""

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        own = list(super().preview_modes)  # type: ignore[misc]
        extra = preview_modes_for(segment_ids_in(self))  # type: ignore[arg-type]
        if not extra:
            return own
        (name, _label), *rest = own
        return [(name, _("Everyone else")), *extra, *rest]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        mode_name = mode_name or ""
        request.crm_reader = reader_for(mode_name)  # type: ignore[attr-defined]
        if mode_name.startswith(PREFIX):
            mode_name = self.default_preview_mode  # type: ignore[attr-defined]
        return super().serve_preview(request, mode_name)  # type: ignore[misc]
