"""Records that rules name: who keeps answers is told when one may be lost, or is back.

The fields of the conditions say whose keys they hold; no room tells more than that.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from .choices import KeysMixin
from .registry import registered

Follower = Callable[[], None]
# A draft that is saved, maybe by itself, changes nothing of the record in force.
DRAFTED = {"latest_revision", "has_unpublished_changes"}
_followers: list[Follower] = []


def follow(function: Follower) -> Follower:
    """Register what keeps answers of rules: called for each record, in its transaction."""
    _followers.append(function)
    return function


def named() -> set[tuple[type[Model], str]]:
    """Whose records conditions name, and by which column."""
    blocks = (condition.block() for condition in registered().values())
    fields = (field for block in blocks for field in block.child_blocks.values())
    keys = (field for field in fields if isinstance(field, KeysMixin))
    return {(field.of, field.key) for field in keys if field.of is not None}


def connect() -> None:
    """Listen, once every room has taught its conditions.

    A number is lost only with its record; any other key, or what makes the record
    count, may change as well.
    """
    for model, key in named():
        post_delete.connect(_tell, sender=model, dispatch_uid="crm-named-deleted")
        if key != "pk":
            post_save.connect(_saved, sender=model, dispatch_uid="crm-named-saved")


def _saved(update_fields: Collection[str] | None = None, **_signal: Any) -> None:
    if not update_fields or not DRAFTED.issuperset(update_fields):
        _tell()


def _tell(**_signal: Any) -> None:
    for function in _followers:
        function()
