"""Promoted search results as the visitor may see them.

    {% load crm_search %}
    {% promoted_for query as picks %}

Like Wagtail's ``get_search_promotions``, but by segment; never inside ``{% cache %}``.
"""

from typing import Any

from django import template

from crm_plugin.personalisation import promoted

register = template.Library()


@register.simple_tag(takes_context=True)
def promoted_for(context: dict[str, Any], query: str) -> list[Any]:
    return promoted.promoted_for(context["request"], query or "")
