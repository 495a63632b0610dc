"""What the preview of a message template shows."""

from django import template

from crm_plugin import merge_tags
from crm_plugin.delivery import samples
from crm_plugin.delivery.models import ServiceMessage
from crm_plugin.delivery.replay import Shown

register = template.Library()


@register.simple_tag
def sample_of(message: ServiceMessage) -> Shown:
    """The message with made-up values, or what is wrong with its tags."""
    try:
        return samples.sample(message)
    except merge_tags.MergeTagError as error:
        return Shown(subject=message.subject, html="", text=str(error))
