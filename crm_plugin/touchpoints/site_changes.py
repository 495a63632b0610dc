"""A page that moves, gets a tag or is deleted changes what rules say of its readers.

Nothing happened to any contact, so it is in no change feed. Who keeps the answers of
rules asks to be told, and asks everybody again where a rule is about such pages.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page
from wagtail.signals import post_page_move

from crm_plugin import rules

from .site_conditions import HasReadPages, tag_fields

# Whether a rule asks what changed.
Asks = Callable[[Any], bool]
Follower = Callable[[Asks], None]
_followers: list[Follower] = []


def follow(function: Follower) -> Follower:
    """Register what keeps answers of rules: called when pages changed."""
    _followers.append(function)
    return function


def _tell(*wheres: str) -> None:
    def asks(rule: Any) -> bool:
        return any(
            leaf.condition.name == HasReadPages.name and leaf.value["where"] in wheres
            for leaf in rules.walk(rule)
        )

    for function in _followers:
        function(asks)


def moved(parent_page_before: Page, parent_page_after: Page, **_signal: Any) -> None:
    if parent_page_before.pk != parent_page_after.pk:
        _tell("below")


def deleted(**_signal: Any) -> None:
    _tell("page", "below", "type", "tag")


def tagged(created: bool, **_signal: Any) -> None:
    if created:
        _tell("tag")


def renamed(created: bool, **_signal: Any) -> None:
    if not created:
        _tell("tag")


def untagged(**_signal: Any) -> None:
    _tell("tag")


def _through() -> Iterator[Any]:
    """The tables that say which page has which tag."""
    yield from {field.remote_field.through for _model, field in tag_fields()}


def connect() -> None:
    post_page_move.connect(moved, dispatch_uid="crm-page-moved")
    post_delete.connect(deleted, sender=Page, dispatch_uid="crm-page-deleted")
    for through in _through():
        post_save.connect(tagged, sender=through, dispatch_uid="crm-page-tagged")
        post_delete.connect(untagged, sender=through, dispatch_uid="crm-page-untagged")
        tag = through.tag_model()
        post_save.connect(renamed, sender=tag, dispatch_uid="crm-tag-renamed")
