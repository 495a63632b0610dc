"""Where a segment is in use: rules, pages, campaigns; published or only drafted."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import ManyToManyRel, Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.models import ReferenceIndex

from . import drafted, graph
from .models import Segment

Owner = tuple[type[Model], str]
Uses = Iterator[tuple[type[Model], str, str]]
_others: list[Callable[[list[Segment]], Uses]] = []


def also_uses(function: Callable[[list[Segment]], Uses]) -> Any:
    """Function decorator: ``fn(segments)`` yields what else holds one of *segments*, as
    the model, its key and where in it; for what no index and no field tells."""
    _others.append(function)
    return function


@dataclass
class Touched:
    """Objects of one kind: those that somebody may know of, and how many others."""

    model: type[Model]
    known: list[Model] = field(default_factory=list)
    others: int = 0


@dataclass(frozen=True)
class Unlisted:
    """A use that the reference index does not hold, told as its own rows are."""

    model: type[Model]
    where: str
    content_path: str = ""

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)

    def describe_source_field(self) -> str:
        return capfirst(self.where)

    def describe_on_delete(self) -> str:
        return _("prevents deletion")


def places(segment: Segment, user: Any) -> list[Touched]:
    """What refers to the segment itself: what would break without it, as much of it as
    *user* may know of.

    Rules and blocks come from Wagtail's reference index, ticked lists of segments
    (audiences) from the database, drafts from their versions, the rest from the rooms.
    """
    found: dict[type[Model], set[str]] = defaultdict(set)
    for model, pk in uses(segment):
        found[model].add(pk)
    return [_as_known(model, pks, user) for model, pks in found.items()]


def uses(segment: Segment) -> dict[Owner, list[Any]]:
    """``{(model, key): the places within it}`` for all that refers to the segment."""
    found: dict[Owner, list[Any]] = defaultdict(list)
    for row in _references([segment]).order_by("base_content_type", "object_id"):
        model = _model(row.base_content_type_id)
        if model is not None:
            found[model, row.object_id].append(row)
    for model, pk, where in _told([segment]):
        found[model, pk].append(Unlisted(model, where))
    for model, pk in drafted.naming([segment]):
        if (model, pk) not in found:
            found[model, pk].append(Unlisted(model, _("in a draft")))
    found.pop((Segment, str(segment.pk)), None)
    return dict(found)


def touched(segment: Segment, user: Any) -> list[Touched]:
    """What other people get to see changes when the segment does, also by way of
    segments that rest on it, and of the classes behind it; as much of it as *user* may
    know of."""
    resting = graph.resting_on(segment)
    changing = [row for row in (segment, *resting) if row.pk]
    if not changing:
        return []
    found, scheme = _found(changing), segment.scheme_id
    users = (row for row in resting if scheme is None or row.scheme_id != scheme)
    found[Segment] = {*found.get(Segment, ()), *(str(row.pk) for row in users)}
    return [_as_known(model, pks, user) for model, pks in found.items() if len(pks)]


def _as_known(model: type[Model], pks: Collection[str], user: Any) -> Touched:
    rows: Any = model._default_manager.filter(pk__in=pks)
    visible = getattr(rows, "visible_to", None)
    known = list(rows if visible is None else visible(user))
    return Touched(model, known, len(pks) - len(known))


def _found(segments: list[Segment]) -> dict[type[Model], set[str]]:
    """``{model: keys of its objects that refer to one of *segments*}``."""
    found: dict[type[Model], set[str]] = defaultdict(set)
    owners = _references(segments).values_list("base_content_type", "object_id")
    for kind, pk in owners.distinct().order_by("base_content_type", "object_id"):
        model = _model(kind)
        if model is not None:
            found[model].add(pk)
    for model, pk, _where in _told(segments):
        found[model].add(pk)
    found[Segment] -= {str(segment.pk) for segment in segments}
    return found


def _references(segments: list[Segment]) -> QuerySet[ReferenceIndex]:
    return ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Segment),
        to_object_id__in=[str(segment.pk) for segment in segments],
    )


def _model(kind: int) -> type[Model] | None:
    return ContentType.objects.get_for_id(kind).model_class()


def _told(segments: list[Segment]) -> Uses:
    yield from _ticked(segments)
    for function in _others:
        yield from function(segments)


def _ticked(segments: list[Segment]) -> Uses:
    """Owners of many-to-many fields that hold one, whoever declares them."""
    for relation in Segment._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToManyRel):
            owner: Any = relation.related_model
            rows = owner._default_manager.filter(
                **{f"{relation.field.name}__in": segments}
            )
            where = str(relation.field.verbose_name)
            for pk in rows.values_list("pk", flat=True).distinct().order_by("pk"):
                yield owner, str(pk), where
