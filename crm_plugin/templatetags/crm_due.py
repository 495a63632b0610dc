"""``{{ moment|until_then }}``: how long still, or how long since, at a glance."""

import datetime as dt

from django import template
from django.utils.timesince import timesince, timeuntil

register = template.Library()


@register.filter
def since_then(moment: dt.datetime) -> str:
    """How long ago, in its largest unit: who is in a hurry reads no minutes."""
    return timesince(moment, depth=1)


@register.filter
def until_then(moment: dt.datetime) -> str:
    return timeuntil(moment, depth=1)
