"""What a host site mixes into its pages: previews as everyone else and per segment."""

from itertools import combinations
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
MOST_MODES, MOST_PAIRS = 20, 10


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


def preview_modes_for(
    segment_ids: set[int], *, visits: bool = True
) -> list[tuple[str, str]]:
    """Preview modes by segment: those in use, and all others while they are few.

    An editor who adds a variant finds its segment at once, without reloading. With
    *visits* (pages, not mails) also by segment of visits, and by each two of these that
    are in use: as a visitor from a newsletter, in the evening.
    """
    rows = Segment.objects.all() if visits else Segment.objects.of_people()
    used = Q(pk__in=segment_ids)
    others = Q(live=True, active=True, reads_sensitive=False)
    segments = list(rows.filter(used | others)[: MOST_MODES + 1])
    if len(segments) > MOST_MODES:
        segments = list(rows.filter(used))
    segments.sort(key=lambda segment: segment.pk not in segment_ids)
    of_visits = [row for row in segments if row.of_visits and row.pk in segment_ids]
    pairs = list(combinations(of_visits, 2))[:MOST_PAIRS]
    return [_mode(*chosen) for chosen in (*((one,) for one in segments), *pairs)]


def _mode(*segments: Segment) -> tuple[str, str]:
    """The name and the words of the mode in which all of these hold."""
    name = "-".join(str(segment.pk) for segment in segments)
    words = _(" and ").join(label_of(segment) for segment in segments)
    return f"{PREFIX}{name}", _("As %(segment)s") % {"segment": words}


def reader_for(mode: str) -> Member:
    """Whom a preview mode of ``preview_modes_for`` stands for."""
    numbers = [normalise.whole(part) for part in mode.removeprefix(PREFIX).split("-")]
    known = frozenset(number for number in numbers if number is not None)
    return Member(known) if len(known) == len(numbers) else STRANGER


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
