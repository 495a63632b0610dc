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


@rules.register
class LivesIn(rules.Condition):
    name = "place"
    label = gettext_lazy("Prefecture and city")
    icon = "site"
    group = PERSON
    aspects = frozenset({"points"})

    class Value(rules.ConditionBlock):
        prefecture = blocks.CharBlock(
            required=False, max_length=20, label=gettext_lazy("prefecture")
        )
        city = blocks.CharBlock(
            required=False, max_length=80, label=gettext_lazy("city starts with")
        )
        optional = {"prefecture", "city"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = ContactPoint.objects.filter(kind=ContactPoint.Kind.POSTAL)
        prefecture, city = _places(value)
        if prefecture:
            rows = rows.filter(prefecture=prefecture)
        if city:
            rows = rows.filter(city__startswith=city)
        return rows.values("contact_id")

    def problems(self, value: Any, user: Any) -> list[str]:
        if not any(_places(value)):
            return [_("Name a prefecture or a city.")]
        return super().problems(value, user)

    def sentence(self, value: Any) -> str:
        name = " ".join(filter(None, _places(value))) or "…"
        return _("a postal address in %(place)s") % {"place": name}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        kind = ContactPoint.Kind.POSTAL
        rows = ContactPoint.objects.filter(contact=contact_id, kind=kind)
        found = rows.order_by("id").values_list("prefecture", "city")
        return ", ".join(" ".join(filter(None, row)) for row in found) or _("none")


def _places(value: Any) -> tuple[str, str]:
    prefecture, city = (value.get(name) or "" for name in ("prefecture", "city"))
    return prefecture.strip(), city.strip()
