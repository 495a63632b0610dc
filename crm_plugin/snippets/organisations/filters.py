"""What the list of organisations can be narrowed by: always a subquery, never a join."""

from functools import partial
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from wagtail.admin.filters import WagtailFilterSet

from crm_plugin.contacts.fields import Field, attributes
from crm_plugin.contacts.models import Organisation, OrganisationValue
from crm_plugin.snippets.value_filters import EMPTY, Text, filter_of, in_a_rule
from crm_plugin.ui.staff import StaffFilter, active_staff

LOOKUPS = {"contains": "icontains", "starts": "istartswith"}


class OrganisationFilterSet(WagtailFilterSet):
    class Meta:
        model = Organisation
        fields: list[str] = []

    # How each filter is said of the people of the organisations that it leaves.
    said_by: dict[str, Any] = {}


def filterset_for(user: Any) -> type[OrganisationFilterSet]:
    """The owner, and every attribute that *user* may read."""
    declared: dict[str, Any] = {
        "owner": StaffFilter(
            label=_("Owner"), queryset=active_staff(), field_name="owner"
        )
    }
    said_by: dict[str, Any] = {}
    for field in attributes(user, noun="organisation"):
        by_value, name = partial(_narrowed, field), f"a_{field.key}"
        declared[name] = filter_of(field, method=by_value)
        said_by[name] = partial(_said, name, field)
    declared["said_by"] = said_by
    return type("OrganisationFilterSet", (OrganisationFilterSet,), declared)


def _said(name: str, field: Field, value: Any) -> dict[str, Any]:
    return {name: in_a_rule(field, value, "organisation_attribute")}


def _narrowed(field: Field, rows: QuerySet, name: str, chosen: Any) -> QuerySet:
    if chosen in (None, "", []):
        return rows
    values = _newest(field)
    known = [key for key in _listed(chosen) if key != EMPTY]
    found = Q(pk__in=[])
    if known:
        held = values.filter(**_wanted(field, known if field.choices else chosen))
        found |= Q(pk__in=held.values("owner_id"))
    if EMPTY in _listed(chosen):
        found |= ~Q(pk__in=values.values("owner_id"))
    return rows.filter(found)


def _listed(chosen: Any) -> list[Any]:
    return chosen if isinstance(chosen, list) else [chosen]


def _newest(field: Field) -> QuerySet[OrganisationValue]:
    """The value rows of one attribute: of a dated one, only each owner's newest."""
    rows = OrganisationValue.objects.filter(definition=field.definition)
    if not field.definition or not field.definition.dated:
        return rows
    slots = rows.filter(owner=OuterRef("owner")).order_by("-slot").values("slot")
    return rows.filter(slot=Subquery(slots[:1]))


def _wanted(field: Field, chosen: Any) -> dict[str, Any]:
    """Look-ups of the value rows that *chosen*, as the filter gives it, asks for."""
    if field.type == "yes_no":
        return {"number": int(chosen == "yes")}
    if isinstance(chosen, slice):
        column = "date" if field.type == "date" else "number"
        ends = {f"{column}__gte": chosen.start, f"{column}__lte": chosen.stop}
        return {name: end for name, end in ends.items() if end is not None}
    if isinstance(chosen, Text):
        column = "long_text" if field.type == "long_text" else "text"
        return {f"{column}__{LOOKUPS[chosen.how]}": chosen.text}
    return {"choice__key__in": chosen}
