"""Segments that a draft names, or a version that waits for its hour: of any model.

Wagtail's reference index knows what is stored in the rows themselves, which is what was
published last.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, Revision

from crm_plugin import normalise, rules

from .models import Segment

RECORDS = (rules.RecordChoiceBlock, rules.RecordChoicesBlock)


def naming(segments: Iterable[Segment]) -> Iterator[tuple[type[Model], str]]:
    """``(model, key)`` of each object of which such a version names one of *segments*.

    One query for each model that can name a segment, however many objects there are.
    """
    wanted = {name for segment in segments for name in (segment.pk, segment.key)}
    for model in _models():
        for base, pk, content in _versions(model):
            if not wanted.isdisjoint(_named(model, content)):
                owner = ContentType.objects.get_for_id(base).model_class()
                yield owner or model, pk


def _models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if issubclass(model, DraftStateMixin) and _may_name(model):
            yield model


def _may_name(model: type[Model]) -> bool:
    children = (relation.related_model for relation in get_all_child_relations(model))
    return any(_holds(model)) or any(_may_name(child) for child in children)


def _holds(model: type[Model]) -> Iterator[Any]:
    """The fields of *model* that can hold a segment."""
    for field in model._meta.get_fields():
        related = field.related_model if getattr(field, "concrete", False) else None
        if related is Segment or isinstance(field, StreamField):
            yield field


def _versions(model: type[Model]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The latest versions that are not published, and those that wait for their hour.

    Of a page with the kind of all pages, by which it is known elsewhere.
    """
    drafts = model._default_manager.filter(has_unpublished_changes=True)
    kind = ContentType.objects.get_for_model(model, for_concrete_model=False)
    rows = Revision.objects.filter(
        Q(pk__in=drafts.values("latest_revision"))
        | Q(approved_go_live_at__isnull=False),
        content_type=kind,
    )
    told = rows.values_list("base_content_type", "object_id", "content")
    yield from told.iterator()


def _named(model: type[Model], content: dict[str, Any]) -> Iterator[int | str | None]:
    """The ids and keys of the segments that stand in a version or a row within one."""
    for field in _holds(model):
        said = content.get(field.name)
        if isinstance(field, StreamField):
            yield from _in_block(field.stream_block, json.loads(said or "[]"))
        else:
            yield from map(normalise.whole, _many(said))
    for relation in get_all_child_relations(model):
        for row in content.get(relation.get_accessor_name()) or ():
            yield from _named(relation.related_model, row)


def _in_block(block: blocks.Block, said: Any) -> Iterator[int | str | None]:
    """The same of the stored value of a block, without asking the database."""
    for child, value in _within(block, said):
        yield from _in_block(child, value)
    if isinstance(block, RECORDS):
        if block.records().model is Segment:
            yield from map(str, _many(said))
    elif getattr(block, "model_class", None) is Segment:
        yield from map(normalise.whole, _many(said))


def _within(block: blocks.Block, said: Any) -> Iterator[tuple[blocks.Block, Any]]:
    """The blocks inside *block*, each with its stored value."""
    if isinstance(block, blocks.StructBlock):
        for name, child in block.child_blocks.items():
            yield child, (said or {}).get(name)
    elif isinstance(block, blocks.StreamBlock):
        for item in said or ():
            if item["type"] in block.child_blocks:
                yield block.child_blocks[item["type"]], item["value"]
    elif isinstance(block, blocks.ListBlock):
        for item in said or ():
            known = isinstance(item, dict) and item.get("type") == "item"
            yield block.child_block, item["value"] if known else item


def _many(said: Any) -> list[Any]:
    if said in (None, ""):
        return []
    return said if isinstance(said, list) else [said]
