"""The list of purchases, with its filters and its export."""

import copy
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic

from crm_plugin import normalise
from crm_plugin.contacts import organisations, search
from crm_plugin.contacts.models import Organisation
from crm_plugin.sales.models import ProductCategory, Purchase
from crm_plugin.segments.stored import condition
from crm_plugin.snippets.desk import sees_firms
from crm_plugin.snippets.ranges import Moments, days
from crm_plugin.snippets.their_people import TheirPeopleMixin
from crm_plugin.ui.exports import SafeExportMixin
from crm_plugin.ui.listing import EmptyStateMixin, FigureColumn


def _asked(request: Any) -> QuerySet:
    """The organisation that the list is narrowed to: there may be many others."""
    visible = Organisation.objects.visible_to(request.user)
    return visible.filter(pk=normalise.whole(request.GET.get("organisation")))


class PurchaseFilterSet(WagtailFilterSet):
    """An organisation's record leads to its purchases; otherwise none is offered."""

    organisation = django_filters.ModelChoiceFilter(
        queryset=_asked, label=_("Organisation")
    )
    on = Moments(label=_("Day"))
    category = django_filters.ModelChoiceFilter(
        field_name="lines__category",
        queryset=ProductCategory.objects.all(),
        label=_("Category"),
        distinct=True,
    )
    unknown = django_filters.BooleanFilter(
        method="filter_unknown",
        label=_("Without a contact"),
        widget=forms.Select(choices=[("", "---------"), ("true", _("Yes"))]),
    )

    class Meta:
        model = Purchase
        fields = ["on", "channel", "payment", "category"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.data.get("organisation") or not sees_firms(self.request.user):
            del self.filters["organisation"]

    def filter_unknown(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(contact=None) if value else rows


class AmountColumn(FigureColumn):
    """Money, aligned to the right, with the installation's currency."""

    cell_template_name = "crm_plugin/sales/amount_cell.html"


def items(purchase: Purchase) -> str:
    """What was bought, from lines that are fetched with the list."""
    return ", ".join(line.name for line in purchase.lines.all())


class ContactColumn(Column):
    """Who bought, with a link to the record, or the number that nobody knows."""

    cell_template_name = "crm_plugin/sales/contact_cell.html"
    sees_firms = False

    def get_cell_context_data(self, instance: Purchase, parent_context: Any) -> Any:
        context = super().get_cell_context_data(instance, parent_context)
        return {**context, "firm": instance.organisation if self.sees_firms else None}

    def for_reader(self, sees_firms: bool) -> "ContactColumn":
        """A copy: the column itself belongs to all requests."""
        column = copy.copy(self)
        column.sees_firms = sees_firms
        return column


class PurchaseIndexView(
    TheirPeopleMixin, EmptyStateMixin, SafeExportMixin, generic.IndexView
):
    empty_text = _(
        "There are no purchases yet. Add one by hand, or import the file of your till."
    )
    is_searchable = True
    said_by = {
        "on": days,
        "category": lambda category: {"category": category.key},
        "channel": lambda channel: {"channel": channel},
        "payment": lambda payment: {"payment": payment},
    }

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        bought = {"measure": "count", "how": "at_least", "number": 1, "when": "ever"}
        return [condition("purchases", **{**bought, **said})]

    @cached_property
    def sees_firms(self) -> bool:
        return sees_firms(self.request.user)

    @cached_property
    def columns(self) -> list[Column]:
        return [
            column.for_reader(self.sees_firms)
            if isinstance(column, ContactColumn)
            else column
            for column in super().columns
        ]

    def get_base_queryset(self) -> QuerySet:
        rows = Purchase.objects.visible_to(self.request.user)
        return rows.select_related("contact", "organisation").prefetch_related("lines")

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        asked, user = self.search_query, self.request.user
        found = search.about(asked, user=user)
        if self.sees_firms:
            found |= organisations.about(asked, user=user)
        return queryset.filter(found)

    def export_header(self, queryset: QuerySet) -> list[str]:
        return [
            str(label)
            for label in (
                _("Day"),
                _("Time"),
                _("Contact"),
                *([_("Organisation")] if self.sees_firms else []),
                _("Member number"),
                _("Items"),
                _("Amount"),
                _("Payment"),
                _("Channel"),
            )
        ]

    def export_rows(self, objects: list[Purchase]) -> Any:
        for row in objects:
            yield [
                row.on,
                row.at,
                str(row.contact or ""),
                *([str(row.organisation or "")] if self.sees_firms else []),
                row.member_number,
                items(row),
                row.amount,
                row.get_payment_display(),
                row.get_channel_display(),
            ]
