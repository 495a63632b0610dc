"""The list of organisations: one page, one query for each kind of thing it shows."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from crm_plugin import normalise
from crm_plugin.contacts.models import (
    Affiliation,
    AttributeDefinition,
    Organisation,
    OrganisationValue,
)
from crm_plugin.sales.models import Purchase
from crm_plugin.segments.stored import condition
from crm_plugin.snippets import archiving
from crm_plugin.snippets.purchases.listing import AmountColumn
from crm_plugin.snippets.their_people import TheirPeopleMixin
from crm_plugin.ui.listing import EmptyStateMixin, FigureColumn

from .filters import filterset_for
from .gate import ForOrganisations
from .listing_export import OrganisationExportMixin


class OrganisationListView(
    ForOrganisations,
    TheirPeopleMixin,
    EmptyStateMixin,
    OrganisationExportMixin,
    generic.IndexView,
):
    empty_text = gettext_lazy(
        "There are no organisations yet. They appear with the contacts who name them, or"
        " are added by hand."
    )
    default_ordering = ("name", "id")
    paginate_by = 25
    is_searchable = True
    page_title = gettext_lazy("Organisations")

    @property
    def said_by(self) -> dict[str, Any]:
        return self.filterset_class.said_by

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        """Two attributes may be those of two organisations of one person: not said."""
        if len(said) > 1:
            return []
        return next(iter(said.values()), [condition("organisation", state="any")])

    def get_base_queryset(self) -> QuerySet[Organisation]:
        return Organisation.objects.visible_to(self.request.user).current()

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.is_searching:
            return queryset
        return queryset.filter(_holding(self.search_query[:100], self.request.user))

    @cached_property
    def filterset_class(self) -> Any:
        return filterset_for(self.request.user)

    def paginate_queryset(self, queryset: QuerySet, page_size: int) -> tuple:
        paginator, page, _rows, more = super().paginate_queryset(queryset, page_size)
        page.object_list = list(page.object_list)
        self.count(page.object_list)
        return paginator, page, page.object_list, more

    @cached_property
    def columns(self) -> list[Column]:
        columns = [
            TitleColumn(
                "name",
                label=_("Name"),
                get_url=lambda row: reverse("crm_organisation:inspect", args=[row.pk]),
            ),
            Column("phone", label=_("Phone"), classname="crm-wide"),
            Column("address", label=_("Postal address"), classname="crm-wide"),
            FigureColumn("people_count", label=_("People")),
        ]
        if self.request.user.has_perm("crm_plugin.view_purchase"):
            columns.append(AmountColumn("net_sales", label=_("Net sales")))
        return columns

    @property
    def header_more_buttons(self) -> list[Any]:
        return [*super().header_more_buttons, *archiving.button(Organisation)]

    def get_edit_url(self, instance: Organisation) -> None:
        return None

    def count(self, rows: list[Organisation]) -> None:
        _count(rows, self.request.user)


def _count(rows: list[Organisation], user: Any) -> None:
    """Give each its people and its net sales; two queries, however many there are."""
    ids = [row.pk for row in rows]
    people, sales = _people_count(ids), _net_sales(ids, user)
    for row in rows:
        row.people_count = people.get(row.pk, 0)  # type: ignore[attr-defined]
        row.net_sales = sales.get(row.pk)  # type: ignore[attr-defined]


def _holding(text: str, user: Any) -> Q:
    """Organisations that are called so, or about which *text* is written."""
    key = normalise.organisation(text)
    readable = AttributeDefinition.objects.readable_by(user).describing("organisation")
    written = OrganisationValue.objects.filter(
        Q(text__icontains=text) | Q(long_text__icontains=text),
        definition__in=readable.values("pk"),
    )
    kana = Q(kana__contains=normalise.kana(text))
    found = kana | Q(note__icontains=text) | Q(pk__in=written.values("owner_id"))
    return found | Q(name_norm__contains=key) if key else found


def _people_count(ids: list[int]) -> dict[int, int]:
    rows = Affiliation.objects.current().of_people().filter(organisation_id__in=ids)
    counted = rows.values("organisation_id").annotate(n=Count("contact", distinct=True))
    return {row["organisation_id"]: row["n"] for row in counted}


def _net_sales(ids: list[int], user: Any) -> dict[int, Any]:
    rows = Purchase.objects.visible_to(user).filter(organisation_id__in=ids)
    summed = rows.values("organisation_id").annotate(net=Sum("amount"))
    return {row["organisation_id"]: row["net"] for row in summed}
