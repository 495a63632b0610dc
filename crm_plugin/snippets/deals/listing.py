"""The list of deals: searched, narrowed, exported; the board shows the open ones."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from crm_plugin import normalise
from crm_plugin.contacts.models import Organisation
from crm_plugin.sales.models import Deal, DealStage, LostReason
from crm_plugin.segments.stored import condition, group
from crm_plugin.snippets.desk import AccessMixin, PeopleSearchMixin, allowed, sees_firms
from crm_plugin.snippets.purchases import AmountColumn
from crm_plugin.snippets.ranges import Moments, days
from crm_plugin.snippets.their_people import TheirPeopleMixin
from crm_plugin.ui.exports import SafeExportMixin
from crm_plugin.ui.listing import (
    DayColumn,
    EmptyStateMixin,
    FigureColumn,
)
from crm_plugin.ui.staff import StaffFilter

from .board import SEE


def owning(request: Any) -> QuerySet:
    known = Exists(Deal.objects.order_by().filter(owner=OuterRef("pk")))
    return get_user_model()._default_manager.filter(known)


class DealFilterSet(WagtailFilterSet):
    stage = django_filters.ModelChoiceFilter(
        queryset=DealStage.objects.all(), label=pgettext_lazy("deal", "Stage")
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="filter_state",
        choices=DealStage.Kind.choices,
    )
    owner = StaffFilter(queryset=owning, label=gettext_lazy("Owner"))
    lost_reason = django_filters.ModelChoiceFilter(
        queryset=LostReason.objects.all(), label=gettext_lazy("Reason for losing")
    )
    expected_on = Moments(label=gettext_lazy("Expected on"))
    closed_at = Moments(label=gettext_lazy("Closed"))

    class Meta:
        model = Deal
        fields = ["state", "stage", "owner", "category", "lost_reason"]

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(stage__kind=value)


def _owner(deal: Deal) -> str:
    return normalise.staff(deal.owner)


class DealListView(
    TheirPeopleMixin,
    EmptyStateMixin,
    SafeExportMixin,
    AccessMixin,
    PeopleSearchMixin,
    generic.IndexView,
):
    said_by = {
        "state": lambda state: {"state": state},
        "lost_reason": lambda reason: {"state": "lost", "reasons": [reason.key]},
        "closed_at": days,
    }

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        """Everybody involved. Only what is closed was closed on a day."""
        state = said.pop("state", "")
        closed = {"how": "at_least", "number": 1, "when": "ever", **said}
        if state == "open":
            return [] if said else [condition("open_deal")]
        if state:
            return [condition("closed_deals", outcome=state, **closed)]
        every = [
            condition("closed_deals", outcome=o, **closed) for o in ("won", "lost")
        ]
        return [group("any", *every, *([] if said else [condition("open_deal")]))]

    empty_text = gettext_lazy(
        "There are no deals here. Open one on the board or on the record of a contact."
    )
    model = Deal
    needs = SEE
    any_permission_required = None
    page_title = gettext_lazy("Deals")
    header_icon = "pick"
    index_url_name = "crm_deal:list"
    index_results_url_name = "crm_deal:list_results"
    add_url_name = "crm_deal:add"
    inspect_url_name = "crm_deal:inspect"
    filterset_class = DealFilterSet
    search_fields = ["title"]
    is_searchable = True
    default_ordering = ("-opened_at", "-id")
    paginate_by = 50
    list_export = ["title"]
    export_filename = "deals"

    @cached_property
    def columns(self) -> list[Column]:
        return [
            TitleColumn(
                "title",
                label=_("Title"),
                url_name="crm_deal:inspect",
                sort_key="title",
            ),
            Column("who", label=_("Who"), accessor=self.with_whom),
            Column("stage", label=pgettext("deal", "Stage"), sort_key="stage__order"),
            AmountColumn("amount", label=_("Amount"), sort_key="amount"),
            DayColumn(
                "expected_on",
                label=_("Expected on"),
                sort_key="expected_on",
                classname="crm-wide",
            ),
            FigureColumn("days", label=_("Days"), classname="crm-figure crm-wide"),
            Column("owner", label=_("Owner"), accessor=_owner, classname="crm-wide"),
        ]

    @cached_property
    def may_see(self) -> tuple[bool, bool]:
        user = self.request.user
        return allowed(user, "view_contact"), sees_firms(user)

    def with_whom(self, deal: Deal) -> str:
        """The person and the organisation, as far as the reader may see them."""
        people, firms = self.may_see
        seen = [deal.contact if people else None, deal.organisation if firms else None]
        return " · ".join(str(row) for row in seen if row)

    def get_base_queryset(self) -> QuerySet:
        rows = Deal.objects.visible_to(self.request.user)
        return rows.select_related(
            "contact", "organisation", "stage", "owner", "category", "lost_reason"
        )

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        found = super().search_queryset(queryset)
        if not self.is_searching:
            return found
        norm = normalise.organisation(self.search_query[:100])
        if not norm:
            return found
        firms = Organisation.objects.visible_to(self.request.user)
        named = firms.filter(name_norm__contains=norm)
        return queryset.filter(
            Q(pk__in=found.values("pk")) | Q(organisation__in=named.values("pk"))
        )

    def get_edit_url(self, instance: Deal) -> None:
        return None

    def export_header(self, queryset: QuerySet) -> list[str]:
        return [
            _("Title"),
            _("Contact"),
            *([_("Organisation")] if self.may_see[1] else []),
            pgettext("deal", "Stage"),
            _("Amount"),
            _("Category"),
            _("Owner"),
            _("Opened"),
            _("Expected on"),
            _("Closed"),
            _("Days"),
            _("Reason for losing"),
        ]

    def export_rows(self, objects: list[Deal]) -> Any:
        for row in objects:
            yield [
                row.title,
                str(row.contact or ""),
                *([str(row.organisation or "")] if self.may_see[1] else []),
                str(row.stage),
                row.amount,
                str(row.category or ""),
                _owner(row),
                row.opened_at,
                row.expected_on,
                row.closed_at,
                row.days,
                str(row.lost_reason or ""),
            ]
