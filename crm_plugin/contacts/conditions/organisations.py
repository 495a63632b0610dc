"""Conditions on where people work: their place, their role, what is known of it."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from crm_plugin import rules
from crm_plugin.conf import CrmSettings
from crm_plugin.contacts.models import (
    Affiliation,
    AttributeDefinition,
    DepartmentValue,
    OrganisationValue,
)
from crm_plugin.normalise import organisation as normal_name

from .attributes import AttributeCondition
from .values import holding, known, told

ORGANISATION = gettext_lazy("Their organisation")


class OfOrganisations(rules.Condition):
    """Not offered where a site sells to consumers only; days come and go by date."""

    icon = "group"
    group = ORGANISATION

    def offered(self) -> bool:
        return not CrmSettings.load().consumers_only

    def next_change(self, value: Any, at: dt.datetime) -> dt.datetime | None:
        return rules.periods.next_change({"when": "last"}, at)


@rules.register
class BelongsTo(OfOrganisations):
    name = "organisation"
    label = gettext_lazy("Organisation")
    dated_by = gettext_lazy("the days of the places in organisations")
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

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "organisation.name")}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(present(at), value)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(present_then(at), value)

    def _of(self, rows: QuerySet[Affiliation], value: Any) -> Any:
        if value["state"] == "none":
            return rules.everyone_but(rows.values("contact_id"))
        if value["state"] == "named":
            rows = rows.filter(_named(value["name"] or ""))
        return rows.values("contact_id")

    def span(self, value: Any) -> rules.Span | None:
        return rules.spans.some_or_none(self.name, none=value["state"] == "none")

    def sentence(self, value: Any) -> str:
        if value["state"] == "named":
            name = value["name"] or "…"
            return _("an organisation called “%(name)s”") % {"name": name}
        none = value["state"] == "none"
        return _("no organisation") if none else _("an organisation")

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        names = present(at).filter(contact=contact_id)
        found = names.values_list("organisation__name", flat=True)
        return ", ".join(found) or _("none")


@rules.register
class RoleInOrganisation(OfOrganisations):
    name = "affiliation"
    label = gettext_lazy("Role in an organisation")
    dated_by = gettext_lazy("the days of the places in organisations")
    aspects = frozenset({"fields"})

    class Value(rules.ConditionBlock):
        roles = rules.KeyChoicesBlock(
            choices=Affiliation.Authority.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            default=[],
            label=gettext_lazy("role in decisions"),
        )
        budget = blocks.DecimalBlock(
            required=False,
            min_value=0,
            max_value=10**11,
            label=gettext_lazy("budget at least"),
        )
        title = blocks.CharBlock(
            required=False, max_length=80, label=gettext_lazy("job title contains")
        )
        department = blocks.CharBlock(
            required=False, max_length=120, label=gettext_lazy("department contains")
        )
        optional = {"roles", "budget", "title", "department"}

    def things(self, value: Any) -> set[tuple[str, str]]:
        return {("contact", "organisation.name")}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return _placed(present(at), value).values("contact_id")

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return _placed(present_then(at), value).values("contact_id")

    def lacks(self, value: Any) -> list[str]:
        if any(value.get(name) not in (None, "", []) for name in self.Value.optional):
            return []
        return [_("Say a role, a budget, a title or a department.")]

    def sentence(self, value: Any) -> str:
        known = dict(Affiliation.Authority.choices)
        roles = [str(known.get(role, role)) for role in value.get("roles") or []]
        said = [_(" or ").join(roles)] if roles else []
        if value.get("budget") is not None:
            amount = number_format(value["budget"].normalize(), force_grouping=True)
            said.append(_("budget at least %(amount)s") % {"amount": amount})
        if value.get("title"):
            said.append(_("title with “%(text)s”") % {"text": value["title"]})
        if value.get("department"):
            said.append(_("department with “%(text)s”") % {"text": value["department"]})
        words = {"words": ", ".join(said) or "…"}
        return _("role in an organisation: %(words)s") % words

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        places = present(at).filter(contact=contact_id).select_related("organisation")
        return ", ".join(_told(place) for place in places) or _("none")


def _placed(rows: QuerySet[Affiliation], value: Any) -> QuerySet[Affiliation]:
    """Everything that is said must be true of one and the same place."""
    if value.get("roles"):
        rows = rows.filter(authority__in=value["roles"])
    if value.get("budget") is not None:
        rows = rows.filter(budget__gte=value["budget"])
    if value.get("title"):
        rows = rows.filter(title__icontains=value["title"])
    if value.get("department"):
        rows = rows.filter(department__name__icontains=value["department"])
    return rows


def _told(place: Affiliation) -> str:
    budget = "" if place.budget is None else number_format(place.budget.normalize())
    said = [
        str(place),
        place.get_authority_display() if place.authority else "",
        budget,
    ]
    return " ".join(part for part in said if part)


@rules.register
class OrganisationHas(OfOrganisations, AttributeCondition):
    """What is known of the organisation or department where they work now."""

    name = "organisation_attribute"
    label = gettext_lazy("Attribute of their organisation")
    icon = "group"
    aspects = frozenset({"fields", "attributes"})
    nouns = ("organisation", "department")

    def attributes(self, sensitive: bool = True) -> QuerySet[AttributeDefinition]:
        rows = AttributeDefinition.objects.exclude(
            describes=AttributeDefinition.Describes.CONTACT
        )
        return rows if sensitive else rows.filter(sensitive=False)

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return self._of(present(at), value, at)

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return self._of(present_then(at), value, at, until=rules.periods.today(at))

    def _of(
        self,
        places: QuerySet[Affiliation],
        value: Any,
        at: dt.datetime,
        until: dt.date | None = None,
    ) -> Any:
        definition = self.definition(value)
        key, table = _where_it_stands(definition)
        if value["operator"] == "empty":
            rows = known(table, definition, until).values("owner_id")
            places = places.exclude(**{f"{key}__in": rows})
        else:
            rows = holding(table, definition, value, at, until=until).values("owner_id")
            places = places.filter(**{f"{key}__in": rows})
        return places.values("contact_id")

    def sentence(self, value: Any) -> str:
        said = AttributeCondition.sentence(self, value)
        return _("organisation with %(words)s") % {"words": said}

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        definition = self.definition(value)
        key, table = _where_it_stands(definition)
        owners = present(at).filter(contact=contact_id).values(key)
        rows = table.objects.filter(owner__in=owners, definition=definition)
        rows = rows.select_related("definition", "choice").order_by("owner", "slot")
        return told(rows, value)


def _where_it_stands(definition: AttributeDefinition) -> tuple[str, Any]:
    """The column of an affiliation and the table of values."""
    if definition.describes == AttributeDefinition.Describes.DEPARTMENT:
        return "department_id", DepartmentValue
    return "organisation_id", OrganisationValue


def present(at: dt.datetime) -> QuerySet[Affiliation]:
    """Affiliations that have begun and not ended on the day of *at*."""
    return _holding(rules.periods.today(at)).filter(organisation__archived_at=None)


def present_then(at: dt.datetime) -> QuerySet[Affiliation]:
    """The same at a moment of the past, when fewer organisations were archived."""
    archived = Q(organisation__archived_at=None) | Q(organisation__archived_at__gt=at)
    return _holding(rules.periods.today(at)).filter(archived)


def _holding(day: dt.date) -> QuerySet[Affiliation]:
    return Affiliation.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=day),
        Q(started_on=None) | Q(started_on__lte=day),
    )


def _named(name: str) -> Q:
    folded = normal_name(name)
    written = Q(organisation__name__icontains=name)
    return written | Q(organisation__name_norm__contains=folded) if folded else written
