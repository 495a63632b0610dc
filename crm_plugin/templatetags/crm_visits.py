"""The bar that asks whether visits may be noted, and the link to change one's mind.

    {% load crm_visits %}
    … {% crm_visits_link %} in the foot of every page …
    {% crm_visits_bar %} before </body>

Both are the same for everybody, so that pages stay cacheable: a script shows the bar
where nobody has chosen yet. Without scripts the link leads to the same two buttons.
"""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_plugin.conf import setting
from crm_plugin.personalisation import choice

register = template.Library()


def address() -> str:
    """Of the page with the two buttons, in the language of the page that links to it."""
    return f"{reverse('crm:site_visits')}?in={get_language() or ''}"


@register.inclusion_tag("crm_plugin/public/visits_bar.html")
def crm_visits_bar() -> dict[str, Any]:
    _question, text = choice.words().split("\n", 1)
    return {
        "address": address(),
        "question": choice.question(),
        "text": text,
        "words": choice.WORDS,
        "days": setting("CRM_BEHAVIOUR_DAYS"),
    }


@register.simple_tag
def crm_visits_link() -> str:
    return format_html('<a href="{}">{}</a>', address(), _("Your visits to our site"))
