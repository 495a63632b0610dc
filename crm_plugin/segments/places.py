"""Where a segment is in use: rules, pages, campaigns."""

from collections.abc import Iterator

from django.db.models import ManyToManyRel, Model
from wagtail.models import ReferenceIndex

from .models import Segment


def places(segment: Segment) -> list[Model]:
    """The objects that refer to the segment: what deleting it would break.

    Rules and blocks come from Wagtail's reference index, ticked lists of segments
    (audiences) from the database.
    """
    found: dict[tuple[str, str], Model] = {}
    for place in (*_indexed(segment), *_ticked(segment)):
        if (type(place), place.pk) != (Segment, segment.pk):
            found[place._meta.label, str(place.pk)] = place
    return list(found.values())


def _indexed(segment: Segment) -> Iterator[Model]:
    for place, _references in ReferenceIndex.get_grouped_references_to(segment):
        if place is not None:
            yield place


def _ticked(segment: Segment) -> Iterator[Model]:
    """Owners of many-to-many fields that hold the segment, whoever declares them."""
    for relation in Segment._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToManyRel):
            owners = relation.related_model._default_manager
            yield from owners.filter(**{relation.field.name: segment})
