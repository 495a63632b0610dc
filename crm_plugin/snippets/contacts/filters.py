"""What the list of contacts can be narrowed by: always a subquery, never a join."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from wagtail.admin.filters import WagtailFilterSet

from crm_plugin.contacts.fields import Field, attributes
from crm_plugin.contacts.models import Contact, ContactValue, FirstTouch, HeardFrom
from crm_plugin.lifecycle.models import ContactUses, Stage, StagePeriod
from crm_plugin.segments.models import Segment, SegmentMembership

CHOOSABLE = {"choice", "multi_choice", "yes_no"}


class ContactFilterSet(WagtailFilterSet):
    class Meta:
        model = Contact
        fields: list[str] = []


def filterset_for(user: Any) -> type[ContactFilterSet]:
    """The filters that *user* may use; attributes without the right are not there."""
    declared = {
        "stage": django_filters.MultipleChoiceFilter(
            label=_("Stage"), choices=Stage.choices, method=_by_stage
        ),
        "segment": django_filters.ModelChoiceFilter(
            label=_("Segment"), queryset=_segments(user), method=_by_segment
        ),
        "uses": django_filters.NumberFilter(label=_("Number of uses"), method=_by_uses),
        "owner": django_filters.ModelChoiceFilter(
            label=_("Owner"), queryset=_owners(), field_name="owner"
        ),
        "heard_from": django_filters.MultipleChoiceFilter(
            label=_("Heard of us from"),
            choices=HeardFrom.choices,
            field_name="heard_from",
        ),
        "source": django_filters.CharFilter(
            label=_("Source (utm_source or channel)"), method=_by_source
        ),
        "confirmed": django_filters.BooleanFilter(
            label=_("Confirmed"), field_name="confirmed_at", method=_by_confirmed
        ),
    }
    for field in attributes(user):
        if field.type in CHOOSABLE:
            declared[f"a_{field.name.partition('.')[2]}"] = _attribute_filter(field)
    return type("ContactFilterSet", (ContactFilterSet,), declared)


def _segments(user: Any) -> QuerySet[Segment]:
    rows = Segment.objects.visible_to(user).filter(active=True)
    if not user.has_perm("crm_plugin.view_sensitive"):
        rows = rows.filter(reads_sensitive=False)
    return rows


def _owners() -> QuerySet:
    return get_user_model()._default_manager.filter(is_active=True)


def _by_stage(rows: QuerySet, name: str, chosen: list[str]) -> QuerySet:
    if not chosen:
        return rows
    periods = StagePeriod.objects.filter(stage__in=chosen, ended_on=None)
    return rows.filter(pk__in=periods.values("contact_id"))


def _by_segment(rows: QuerySet, name: str, segment: Segment | None) -> QuerySet:
    if segment is None:
        return rows
    stays = SegmentMembership.objects.filter(segment=segment, left_at=None)
    return rows.filter(pk__in=stays.values("contact_id"))


def _by_uses(rows: QuerySet, name: str, number: Any) -> QuerySet:
    if number == 0:
        used = ContactUses.objects.filter(count__gt=0)
        return rows.exclude(pk__in=used.values("contact_id"))
    used = ContactUses.objects.filter(count=number)
    return rows.filter(pk__in=used.values("contact_id"))


def _by_source(rows: QuerySet, name: str, source: str) -> QuerySet:
    source = source.strip()
    touches = FirstTouch.objects.filter(Q(source=source) | Q(channel=source))
    return rows.filter(pk__in=touches.values("contact_id"))


def _by_confirmed(rows: QuerySet, name: str, value: bool) -> QuerySet:
    return rows.filter(confirmed_at__isnull=not value)


def _attribute_filter(field: Field) -> django_filters.Filter:
    definition = field.definition

    def by_value(rows: QuerySet, name: str, chosen: Any) -> QuerySet:
        if chosen in (None, "", []):
            return rows
        held = ContactValue.objects.filter(definition=definition)
        if field.type == "yes_no":
            held = held.filter(number=int(chosen))
        else:
            held = held.filter(choice__key__in=chosen)
        return rows.filter(pk__in=held.values("owner_id"))

    if field.type == "yes_no":
        return django_filters.BooleanFilter(label=field.label, method=by_value)
    return django_filters.MultipleChoiceFilter(
        label=field.label, choices=field.choices, method=by_value
    )
