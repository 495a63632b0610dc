"""What the list of organisations can be narrowed by: always a subquery, never a join."""

from typing import Any

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from wagtail.admin.filters import WagtailFilterSet

from crm_plugin.contacts.fields import Field, attributes
from crm_plugin.contacts.models import Organisation, OrganisationValue
from crm_plugin.ui.staff import StaffFilter, active_staff

KINDS = {"choice", "multi_choice", "yes_no", "number"}


class OrganisationFilterSet(WagtailFilterSet):
    class Meta:
        model = Organisation
        fields: list[str] = []


def filterset_for(user: Any) -> type[OrganisationFilterSet]:
    """The owner, and every attribute that *user* may read and that sorts."""
    declared: dict[str, Any] = {
        "owner": StaffFilter(
            label=_("Owner"), queryset=active_staff(), field_name="owner"
        )
    }
    for field in attributes(user, noun="organisation"):
        if field.type in KINDS:
            declared[f"a_{field.key}"] = _filter(field)
    return type("OrganisationFilterSet", (OrganisationFilterSet,), declared)


def _filter(field: Field) -> django_filters.Filter:
    def by_value(rows: QuerySet, name: str, chosen: Any) -> QuerySet:
        if chosen in (None, "", []):
            return rows
        held = _newest(field).filter(**_wanted(field, chosen))
        return rows.filter(pk__in=held.values("owner_id"))

    words = {"label": field.label, "method": by_value}
    if field.type == "yes_no":
        return django_filters.BooleanFilter(**words)
    if field.type == "number":
        return django_filters.RangeFilter(**words)
    return django_filters.MultipleChoiceFilter(choices=field.choices, **words)


def _newest(field: Field) -> QuerySet[OrganisationValue]:
    """The value rows of one attribute: of a dated one, only each owner's newest."""
    rows = OrganisationValue.objects.filter(definition=field.definition)
    if not field.definition or not field.definition.dated:
        return rows
    slots = rows.filter(owner=OuterRef("owner")).order_by("-slot").values("slot")
    return rows.filter(slot=Subquery(slots[:1]))


def _wanted(field: Field, chosen: Any) -> dict[str, Any]:
    if field.type == "yes_no":
        return {"number": int(chosen)}
    if field.type == "number":
        ends = {"number__gte": chosen.start, "number__lte": chosen.stop}
        return {name: end for name, end in ends.items() if end is not None}
    return {"choice__key__in": chosen}
