"""Conditions on how a contact can be reached and where they work."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.contacts.models import Affiliation, ContactPoint
from crm_plugin.normalise import organisation as normal_name

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
class BelongsTo(rules.Condition):
    name = "organisation"
    label = gettext_lazy("Organisation")
    icon = "group"
    group = PERSON
    aspects = frozenset({"fields", "attributes"})

    class Value(rules.ConditionBlock):
        state = blocks.ChoiceBlock(
            choices=[
                ("any", gettext_lazy("belongs to an organisation")),
                ("named", gettext_lazy("belongs to one whose name contains")),
                ("none", gettext_lazy("belongs to none")),
            ],
            default="any",
            label=gettext_lazy("the person"),
        )
        name = blocks.CharBlock(
            required=False, max_length=200, label=gettext_lazy("name contains")
        )
        shown = {"name": {"state": {"named"}}}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        rows = _present(at)
        if value["state"] == "none":
            return rules.everyone_but(rows.values("contact_id"))
        if value["state"] == "named":
            rows = rows.filter(_named(value["name"] or ""))
        return rows.values("contact_id")

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)

    def sentence(self, value: Any) -> str:
        if value["state"] == "named":
            name = value["name"] or "…"
            return _("an organisation called “%(name)s”") % {"name": name}
        none = value["state"] == "none"
        return _("no organisation") if none else _("an organisation")

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        names = _present(at).filter(contact=contact_id)
        found = names.values_list("organisation__name", flat=True)
        return ", ".join(found) or _("none")


def _present(at: dt.datetime) -> QuerySet[Affiliation]:
    """Affiliations that have begun and not ended on the day of *at*."""
    today = rules.periods.today(at)
    return Affiliation.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=today),
        Q(started_on=None) | Q(started_on__lte=today),
        organisation__archived_at=None,
    )


def _named(name: str) -> Q:
    folded = normal_name(name)
    written = Q(organisation__name__icontains=name)
    return written | Q(organisation__name_norm__contains=folded) if folded else written
