"""What this room tells the registries."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from wagtail.models import ModelLogEntry
from wagtail.signals import published, unpublished

from crm_plugin import rules
from crm_plugin.contacts import changes, links
from crm_plugin.contacts.models import AttributeDefinition
from crm_plugin.scoring.models import Score
from crm_plugin.scoring.refresh import follow
from crm_plugin.touchpoints import site_changes

from . import (
    attribute_usage,  # noqa: F401
    forgetting,  # noqa: F401
    graph,
    keeping,
    merging,
    moved,  # noqa: F401
    noticing,  # noqa: F401
    picked,  # noqa: F401
    sensitivity,
)
from .models import Segment, SegmentMembership, SegmentPick
from .models.guards import guard, keeper
from .refresh import refresh_contacts, start, start_who_ask

links.register(
    SegmentMembership,
    "contact",
    join=merging.join_stays,
    clear=merging.clear_stays,
    idle=links.EVERY_ROW,
)
links.register(SegmentPick, "contact", merge="one")


@changes.step(changes.MEMBERSHIPS)
def refresh_memberships(by_aspect: dict[str, set[int]]) -> None:
    """The contacts that changed, looked at once for everything that changed."""
    changed: set[int] = set().union(*by_aspect.values()) if by_aspect else set()
    refresh_contacts(changed, by_aspect.keys())


def refresh_after_publishing(instance: Segment, **_signal: Any) -> None:
    """However it was published (button, schedule, workflow): refresh wholly."""
    if instance.reads_sensitive:
        sensitivity.hide()
    start(instance)


def hide_what_became_sensitive(instance: AttributeDefinition, **_signal: Any) -> None:
    """An attribute that turns sensitive hides at once what reads or tells it."""
    if instance.sensitive:
        sensitivity.hide()


@follow
def refresh_who_ask(score: Score) -> None:
    """Many may have other points: whoever asks for them is refreshed wholly."""
    start_who_ask(lambda rule: "scores" in rules.aspects(rule))


def hide_what_asks_for_it(instance: Score, **_signal: Any) -> None:
    """A score that turns sensitive hides at once what asks for it."""
    if instance.reads_sensitive:
        sensitivity.hide()


def refresh_the_others(instance: Segment, **_signal: Any) -> None:
    """Whom a class took that is gone, another class of its scheme takes."""
    other = Segment.objects.live().filter(scheme=instance.scheme_id).first()
    if instance.scheme_id is not None and other is not None:
        start(other)


guard(graph.refusal)
keeper(keeping.refusal)
site_changes.follow(start_who_ask)
post_delete.connect(refresh_the_others, sender=Segment)
published.connect(refresh_after_publishing, sender=Segment)
unpublished.connect(refresh_after_publishing, sender=Segment)
pre_save.connect(sensitivity.log_without_name, sender=ModelLogEntry)
post_save.connect(hide_what_became_sensitive, sender=AttributeDefinition)
post_save.connect(hide_what_asks_for_it, sender=Score)
