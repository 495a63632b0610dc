"""Where a segment is in use: rules, pages, campaigns."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import ManyToManyRel, Model
from wagtail.models import ReferenceIndex

from . import graph
from .models import Segment


@dataclass
class Touched:
    """Objects of one kind: those that somebody may know of, and how many others."""

    model: type[Model]
    known: list[Model] = field(default_factory=list)
    others: int = 0


def places(segment: Segment) -> list[Model]:
    """The objects that refer to the segment: what deleting it would break.

    Rules and blocks come from Wagtail's reference index, ticked lists of segments
    (audiences) from the database.
    """
    return [
        place
        for model, pks in _found([segment]).items()
        for place in model._default_manager.filter(pk__in=pks)
    ]


def touched(segment: Segment, user: Any) -> list[Touched]:
    """What other people get to see changes when the segment does, also by way of
    segments that rest on it; as much of it as *user* may know of."""
    if segment.pk is None:
        return []
    resting = graph.resting_on(segment)
    found = _found([segment, *resting])
    found[Segment] = {*found.get(Segment, ()), *(str(row.pk) for row in resting)}
    return [_as_known(model, pks, user) for model, pks in found.items() if len(pks)]


def _as_known(model: type[Model], pks: Collection[str], user: Any) -> Touched:
    rows: Any = model._default_manager.filter(pk__in=pks)
    visible = getattr(rows, "visible_to", None)
    known = list(rows if visible is None else visible(user))
    return Touched(model, known, len(pks) - len(known))


def _found(segments: list[Segment]) -> dict[type[Model], set[str]]:
    """``{model: keys of its objects that refer to one of *segments*}``."""
    found: dict[type[Model], set[str]] = defaultdict(set)
    for model, pk in (*_indexed(segments), *_ticked(segments)):
        found[model].add(pk)
    found[Segment] -= {str(segment.pk) for segment in segments}
    return found


def _indexed(segments: list[Segment]) -> Iterator[tuple[type[Model], str]]:
    references = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Segment),
        to_object_id__in=[str(segment.pk) for segment in segments],
    )
    owners = references.values_list("base_content_type", "object_id").distinct()
    for kind, pk in owners.order_by("base_content_type", "object_id"):
        model = ContentType.objects.get_for_id(kind).model_class()
        if model is not None:
            yield model, pk


def _ticked(segments: list[Segment]) -> Iterator[tuple[type[Model], str]]:
    """Owners of many-to-many fields that hold one, whoever declares them."""
    for relation in Segment._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToManyRel):
            owner: Any = relation.related_model
            rows = owner._default_manager.filter(
                **{f"{relation.field.name}__in": segments}
            )
            for pk in rows.values_list("pk", flat=True).distinct().order_by("pk"):
                yield owner, str(pk)
