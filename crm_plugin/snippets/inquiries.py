"""Inquiries: the list, and the doors to each."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, QuerySet
from django.forms import Media
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin import normalise
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import Inquiry
from crm_plugin.touchpoints.whose import owner_key
from crm_plugin.ui.exports import Columns, ColumnsExportMixin
from crm_plugin.ui.listing import EmptyStateMixin

from .desk import AccessMixin, DeskMenuItem, MomentColumn, PeopleSearchMixin
from .inquiries_answer import AnswerView
from .inquiries_next import NextView, PresenceView
from .ranges import Moments, days
from .their_people import TheirPeopleMixin

STATES = [
    ("open", _("answer owed")),
    ("overdue", _("overdue")),
    ("closed", _("closed")),
]


class InquiryMenuItem(DeskMenuItem):
    needs = ("view_inquiry",)


def owners() -> list[tuple[int, str]]:
    """Those who own an inquiry, by name."""
    known = Exists(Inquiry.objects.filter(owner=OuterRef("pk")))
    users = get_user_model()._default_manager.filter(known).order_by("pk")
    return [(user.pk, normalise.staff(user)) for user in users]


class InquiryFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=STATES, method="filter_state"
    )
    due = Moments(
        field_name="due_at",
        label=_("Answer owed by"),
    )

    owner = django_filters.ChoiceFilter(
        label=_("Owner"), choices=owners, null_label=_("nobody")
    )

    class Meta:
        model = Inquiry
        fields = ["state", "kind", "owner", "due"]

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "closed":
            return rows.filter(closed_at__isnull=False)
        rows = rows.filter(closed_at=None)
        return rows.filter(due_at__lt=timezone.now()) if value == "overdue" else rows


class StateColumn(Column):
    """What is overdue, and what is a complaint, catches the eye."""

    cell_template_name = "crm_plugin/touchpoints/inquiry_state.html"


EXPORTED: Columns = {
    "reference": (_("Reference"), lambda row: row.reference),
    "contact": (_("Contact"), lambda row: str(row.contact)),
    "kind": (_("Kind"), lambda row: str(row.get_kind_display())),
    "subject": (_("Subject"), lambda row: row.subject),
    "state": (_("State"), lambda row: row.state),
    "owner": (_("Owner"), lambda row: normalise.staff(row.owner)),
    "received_at": (_("Received at"), lambda row: row.received_at),
    "due_at": (_("Answer owed by"), lambda row: row.due_at),
    "answered_at": (_("Answered at"), lambda row: row.answered_at),
}


class InquiryIndexView(
    TheirPeopleMixin,
    EmptyStateMixin,
    ColumnsExportMixin,
    AccessMixin,
    PeopleSearchMixin,
    generic.IndexView,
):
    exported = EXPORTED
    list_export = list(EXPORTED)
    export_filename = "inquiries"
    empty_text = _(
        "Nobody has asked anything yet. Questions from your forms appear here."
    )
    model = Inquiry
    needs = ("view_inquiry",)
    any_permission_required = None
    page_title = _("Inquiries")
    header_icon = "mail"
    index_url_name = "crm_inquiry:index"
    index_results_url_name = "crm_inquiry:index_results"
    edit_url_name = "crm_inquiry:answer"
    filterset_class = InquiryFilterSet
    said_by = {
        "state": lambda state: {"state": state},
        "kind": lambda kind: {"kind": kind},
        "owner": lambda owner: {"owner": owner_key(owner)},
        "due": lambda span: {"day": "due_at", **days(span)},
    }
    search_fields = ["reference", "subject"]
    is_searchable = True
    default_ordering = ("closed_at", "due_at", "id")
    paginate_by = 30
    columns = [
        TitleColumn("contact", label=_("Contact"), url_name="crm_inquiry:answer"),
        Column("subject", label=_("Subject")),
        StateColumn("state", label=_("State")),
        MomentColumn("due_at", label=_("Answer owed by"), sort_key="due_at"),
        Column(
            "owner",
            label=_("Owner"),
            accessor=lambda row: normalise.staff(row.owner),
            classname="crm-wide",
        ),
        Column("reference", label=_("Reference"), classname="crm-wide"),
    ]

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        asked = {"how": "at_least", "number": 1, "when": "ever", **said}
        return [condition("inquiries", **asked)]

    def get_base_queryset(self) -> QuerySet:
        rows = Inquiry.objects.visible_to(self.request.user)
        return rows.select_related("contact", "owner")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        context["media"] += Media(css={"all": ["crm_plugin/touchpoints/list.css"]})
        return context

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Open ones first, the most urgent on top, unless a column was clicked."""
        if self.is_explicitly_ordered:
            return super().order_queryset(queryset)
        return queryset.order_by(F("closed_at").desc(nulls_first=True), "due_at", "id")


class InquiryViewSet(ViewSet):
    name = "crm_inquiry"
    url_prefix = "crm/inquiries"
    icon = "mail"
    menu_label = _("Inquiries")
    menu_order = 120
    menu_hook = "register_crm_menu_item"
    menu_item_class = InquiryMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        results = InquiryIndexView.as_view(results_only=True)
        return [
            path("", InquiryIndexView.as_view(), name="index"),
            path("results/", results, name="index_results"),
            path("<int:pk>/", AnswerView.as_view(), name="answer"),
            path("<int:pk>/next/", NextView.as_view(), name="next"),
            path("<int:pk>/presence/", PresenceView.as_view(), name="presence"),
        ]
