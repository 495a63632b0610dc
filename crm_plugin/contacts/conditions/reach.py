"""Conditions on how a contact can be reached."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import ContactPoint

PERSON = gettext_lazy("The person")
STATES = {
    "any": gettext_lazy("known"),
    "confirmed": gettext_lazy("known and confirmed"),
    "unconfirmed": gettext_lazy("known but not confirmed"),
    "undeliverable": gettext_lazy("undeliverable"),
    "none": gettext_lazy("not known"),
}


@rules.register
class HasPoint(rules.Condition):
    name = "point"
    label = gettext_lazy("Contact point")
    icon = "mail"
    group = PERSON
    aspects = frozenset({"points"})

    class Value(rules.ConditionBlock):
        kind = blocks.ChoiceBlock(
            choices=ContactPoint.Kind.choices,
            default="email",
            label=gettext_lazy("kind"),
        )
        state = blocks.ChoiceBlock(
            choices=list(STATES.items()), default="any", label=gettext_lazy("is")
        )

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        points = ContactPoint.objects.filter(kind=value["kind"])
        where = {
            "confirmed": Q(verified_at__isnull=False),
            "unconfirmed": Q(verified_at=None),
            "undeliverable": Q(undeliverable_at__isnull=False),
        }.get(value["state"], Q())
        found = points.filter(where).values("contact_id")
        return rules.everyone_but(found) if value["state"] == "none" else found

    def sentence(self, value: Any) -> str:
        words = {
            "kind": dict(ContactPoint.Kind.choices).get(value["kind"], "…"),
            "state": STATES.get(value["state"], "…"),
        }
        return _("%(kind)s %(state)s") % words
