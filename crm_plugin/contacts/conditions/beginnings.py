"""Conditions on where the first record of a contact came from."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts import telling
from crm_plugin.contacts.models import FirstTouch

NAMES = {
    "source": gettext_lazy("source (utm_source) or channel"),
    "campaign": gettext_lazy("campaign (utm_campaign)"),
    "medium": gettext_lazy("medium (utm_medium)"),
}


@rules.register
class CameFrom(rules.Condition):
    name = "source"
    label = gettext_lazy("Source")
    icon = "pick"
    group = gettext_lazy("The person")
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        what = blocks.ChoiceBlock(
            choices=list(NAMES.items()), default="source", label=gettext_lazy("what")
        )
        name = blocks.CharBlock(max_length=120, label=gettext_lazy("is"))

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        name = (value["name"] or "").strip()
        where = {
            "source": Q(source=name) | Q(channel=name),
            "campaign": Q(campaign=name),
            "medium": Q(medium=name),
        }[value["what"]]
        return FirstTouch.objects.filter(where).values("contact_id")

    def sentence(self, value: Any) -> str:
        name = value["name"] or "…"
        if value["what"] in (None, "", "source"):
            name = in_words(name)
        words = {"name": name}
        return {
            "source": _("source: %(name)s"),
            "campaign": _("source campaign: %(name)s"),
            "medium": _("source medium: %(name)s"),
        }[value["what"] or "source"] % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        touch = FirstTouch.objects.filter(pk=contact_id).first()
        return in_words(str(touch)) if touch else _("not known")


def in_words(code: str) -> str:
    """A channel as people say it; what a link said about itself stays."""
    return telling.in_words.get(("firsttouch", "channel"), str)(code)
