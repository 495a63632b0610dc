"""``{% older_changes told %}``: the way to earlier changes, and back to the newest."""

from typing import Any

from django import template
from django.http import HttpRequest

from crm_plugin.journal import Page
from crm_plugin.ui.changes import BEFORE

register = template.Library()


@register.inclusion_tag("crm_plugin/ui/older_changes.html", takes_context=True)
def older_changes(context: Any, told: Page, anchor: str) -> dict[str, str]:
    """Links to this same page, what else was asked for kept; *anchor* is the list."""
    request = context["request"]
    return {
        "older": _link(request, told.older, anchor) if told.older else "",
        "newest": _link(request, None, anchor) if told.later else "",
    }


def _link(request: HttpRequest, before: int | None, anchor: str) -> str:
    asked = request.GET.copy()
    asked.pop(BEFORE, None)
    if before:
        asked[BEFORE] = str(before)
    return f"?{asked.urlencode()}#{anchor}"
