"""Conditions on names: how they begin, and whose reading is not known."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import normalise, rules
from crm_plugin.contacts.models import Contact

from .people import PERSON

PARTS = {
    "name": ("family_name", "given_name"),
    "reading": ("family_kana", "given_kana"),
}
WHICH = {
    "name": gettext_lazy("family or given name"),
    "reading": gettext_lazy("reading (kana)"),
}
TESTS = {
    "starts": gettext_lazy("starts with"),
    "empty": gettext_lazy("is empty"),
    "filled": gettext_lazy("is filled in"),
}


@rules.register
class HasName(rules.Condition):
    """Either part of the name counts; a reading may be typed in any kana and width."""

    name = "name"
    label = gettext_lazy("Name")
    undated = gettext_lazy("The name of a contact is not dated.")
    icon = "user"
    group = PERSON
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        which = blocks.ChoiceBlock(
            choices=list(WHICH.items()), default="name", label=gettext_lazy("which")
        )
        test = blocks.ChoiceBlock(
            choices=list(TESTS.items()), default="starts", label=gettext_lazy("must be")
        )
        text = blocks.CharBlock(
            required=False, max_length=80, label=gettext_lazy("this text")
        )
        shown = {"text": {"test": {"starts"}}}

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "contact.kana")} if value["which"] == "reading" else set()

    def own(self, value: Any, at: dt.datetime) -> Q:
        parts = PARTS[value["which"]]
        if value["test"] == "starts":
            start = wanted(value)
            where = Q(**{f"{parts[0]}__istartswith": start})
            return where | Q(**{f"{parts[1]}__istartswith": start})
        empty = Q(**dict.fromkeys(parts, ""))
        return empty if value["test"] == "empty" else ~empty

    def span(self, value: Any) -> rules.Span | None:
        figure = (self.name, value["which"])
        none = value["test"] == "empty"
        return rules.spans.some_or_none(figure, none=none)

    def sentence(self, value: Any) -> str:
        said = {
            "which": WHICH.get(value["which"], "…"),
            "text": wanted(value) or "…",
        }
        return {
            "empty": _("%(which)s empty"),
            "filled": _("%(which)s filled in"),
        }.get(value["test"], _("%(which)s starting with “%(text)s”")) % said

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        contact = Contact.objects.get(pk=contact_id)
        found = contact.name if value["which"] == "name" else contact.kana
        return found or _("empty")


def wanted(value: Any) -> str:
    """What the name must start with, as names are stored."""
    tidy = normalise.kana if value["which"] == "reading" else normalise.text
    return tidy(value["text"] or "")
