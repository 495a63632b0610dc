"""Wagtail's site history, read by everybody with any right: names that it may not tell."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from wagtail.models import ModelLogEntry

Neutral = Callable[[Any], str]


def hide_name(entry: ModelLogEntry, hidden: QuerySet, neutral: Neutral) -> None:
    """Before *entry* is saved: where it is about one of *hidden*, no entry names it.

    *neutral* makes of a primary key what is told instead.
    """
    if entry.content_type != ContentType.objects.get_for_model(hidden.model):
        return
    if hidden.filter(pk=entry.object_id).exists():
        entry.label = neutral(entry.object_id)
        forget_names(hidden.model, [entry.object_id], neutral)


def forget_names(model: type[Model], pks: Iterable[Any], neutral: Neutral) -> None:
    """What was told of these records so far is told without their names."""
    kind = ContentType.objects.get_for_model(model)
    for pk in pks:
        rows = ModelLogEntry.objects.filter(content_type=kind, object_id=str(pk))
        rows.update(label=neutral(pk))
