"""What this room tells the registries."""

from django.db.models.signals import post_save, pre_save
from wagtail.models import ModelLogEntry

from crm_plugin.contacts import changes, links
from crm_plugin.contacts.models import AttributeDefinition
from crm_plugin.touchpoints import site_changes

from . import (
    attribute_usage,  # noqa: F401
    sensitivity,
)
from .models import ContactScore
from .refresh import refresh_contacts, start_who_ask

links.register(ContactScore, "contact", merge="recompute")


@changes.step(changes.SCORES)
def refresh_scores(by_aspect: dict[str, set[int]]) -> None:
    """The contacts that changed; whose points changed, for the rules that ask them."""
    changed: set[int] = set().union(*by_aspect.values()) if by_aspect else set()
    if moved := refresh_contacts(changed, by_aspect.keys()):
        by_aspect["scores"] |= moved


site_changes.follow(start_who_ask)
pre_save.connect(sensitivity.log_without_name, sender=ModelLogEntry)
post_save.connect(sensitivity.hide_what_became_sensitive, sender=AttributeDefinition)
