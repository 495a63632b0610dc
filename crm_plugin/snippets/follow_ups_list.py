"""All next steps as a list: open ones first, narrowed, and taken along as a file."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import Media
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from crm_plugin import normalise
from crm_plugin.segments.stored import condition
from crm_plugin.touchpoints.models import FollowUp
from crm_plugin.touchpoints.whose import owner_key
from crm_plugin.ui.exports import Columns, ColumnsExportMixin
from crm_plugin.ui.listing import DayColumn, EmptyStateMixin

from .desk import AccessMixin, PeopleSearchMixin
from .follow_ups import acts
from .follow_ups_forms import today
from .ranges import Moments, days
from .their_people import TheirPeopleMixin

AT_HAND = 8
OPEN = pgettext_lazy("of a next step", "open")
STATES = [
    ("late", gettext_lazy("overdue")),
    ("done", gettext_lazy("done")),
    ("all", gettext_lazy("open and done")),
]


def owners() -> list[tuple[int, str]]:
    """Those who have a step to do, or had one, by name."""
    known = Exists(FollowUp.objects.filter(owner=OuterRef("pk")))
    users = get_user_model()._default_manager.filter(known).order_by("pk")
    return [(user.pk, normalise.staff(user)) for user in users]


def state_of(row: FollowUp) -> str:
    """How far it has come, in a word."""
    if row.done_at:
        return _("done")
    return _("overdue") if row.due_on < timezone.localdate() else str(OPEN)


def steps_at_hand(contacts: list[int], user: Any) -> list[FollowUp]:
    """What stands beside a record: open steps, then those done today; one query."""
    rows = FollowUp.objects.visible_to(user).filter(contact__in=contacts)
    rows = rows.select_related("contact", "owner", "done_by")
    return list(rows.at_hand(today())[:AT_HAND])


class WhatColumn(Column):
    """What is to be done, with the buttons that Today has, too."""

    cell_template_name = "crm_plugin/touchpoints/step_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict:
        request = parent_context["request"]
        asked = request.GET.urlencode()
        return {
            **super().get_cell_context_data(instance, parent_context),
            **acts(request.user),
            "step": instance,
            "back": reverse("crm_today:list") + (f"?{asked}" if asked else ""),
            "csrf_token": parent_context.get("csrf_token"),
        }


class FollowUpFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=STATES,
        empty_label=OPEN,
        method="filter_state",
    )
    due_on = Moments(label=gettext_lazy("due on"))
    owner = django_filters.ChoiceFilter(
        label=gettext_lazy("Owner"), choices=owners, null_label=gettext_lazy("anybody")
    )

    class Meta:
        model = FollowUp
        fields = ["state", "due_on", "owner", "phase", "channel"]

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "late":
            return rows.filter(done_at=None, due_on__lt=timezone.localdate())
        return rows.filter(done_at__isnull=False) if value == "done" else rows


EXPORTED: Columns = {
    "due_on": (gettext_lazy("due on"), lambda row: row.due_on),
    "contact": (gettext_lazy("Contact"), lambda row: str(row.contact)),
    "what": (gettext_lazy("what to do"), lambda row: row.what),
    "channel": (
        pgettext_lazy("channel", "By"),
        lambda row: str(row.get_channel_display()),
    ),
    "phase": (gettext_lazy("Phase"), lambda row: str(row.get_phase_display())),
    "owner": (gettext_lazy("Owner"), lambda row: normalise.staff(row.owner)),
    "state": (gettext_lazy("State"), state_of),
    "done_at": (gettext_lazy("done at"), lambda row: row.done_at),
    "done_by": (gettext_lazy("Done by"), lambda row: normalise.staff(row.done_by)),
    "outcome": (gettext_lazy("outcome"), lambda row: row.outcome),
}


class FollowUpListView(
    TheirPeopleMixin,
    EmptyStateMixin,
    ColumnsExportMixin,
    AccessMixin,
    PeopleSearchMixin,
    generic.IndexView,
):
    exported = EXPORTED
    list_export = list(EXPORTED)
    export_filename = "follow-ups"
    empty_text = gettext_lazy(
        "There is no next step to do. They are planned on a contact's record."
    )
    model = FollowUp
    needs = ("view_followup",)
    any_permission_required = None
    page_title = gettext_lazy("Follow-ups")
    header_icon = "calendar-check"
    index_url_name = "crm_today:list"
    index_results_url_name = "crm_today:list_results"
    filterset_class = FollowUpFilterSet
    said_by = {
        "state": lambda state: {"state": "any" if state == "all" else state},
        "due_on": days,
        "owner": lambda owner: {"owner": owner_key(owner)},
        "phase": lambda phase: {"phase": phase},
        "channel": lambda channel: {"channel": channel},
    }
    search_fields = ["what"]
    is_searchable = True
    default_ordering = ("due_on", "id")
    paginate_by = 50
    columns = [
        DayColumn("due_on", label=gettext_lazy("due on"), sort_key="due_on"),
        TitleColumn(
            "contact",
            label=gettext_lazy("Contact"),
            get_url=lambda row: row.contact.get_admin_url(),
        ),
        WhatColumn("what", label=gettext_lazy("what to do"), classname="crm-step-cell"),
        Column(
            "owner",
            label=gettext_lazy("Owner"),
            accessor=lambda row: normalise.staff(row.owner),
            classname="crm-wide",
        ),
        Column(
            "state",
            label=gettext_lazy("State"),
            accessor=state_of,
            classname="crm-wide",
        ),
        Column("outcome", label=gettext_lazy("outcome"), classname="crm-wide"),
    ]

    def of_whom(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        return [condition("follow_up", **{"state": "open", "when": "ever", **said})]

    def get_base_queryset(self) -> QuerySet:
        rows = FollowUp.objects.visible_to(self.request.user)
        if self.request.GET.get("state", "") not in dict(STATES):
            rows = rows.open()
        return rows.select_related("contact", "owner", "done_by")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        context["media"] += Media(css={"all": ["crm_plugin/touchpoints/steps.css"]})
        return context


urls = [
    path("follow-ups/", FollowUpListView.as_view(), name="list"),
    path(
        "follow-ups/results/",
        FollowUpListView.as_view(results_only=True),
        name="list_results",
    ),
]
