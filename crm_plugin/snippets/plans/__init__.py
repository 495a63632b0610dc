"""Plans: the levels that a site offers, and the stays of contacts on them."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.sales.models import Plan
from crm_plugin.ui.journalled import KeptListView
from crm_plugin.ui.keys import KeyedViewSet
from crm_plugin.ui.listing import FigureColumn, YesNoColumn

from .stays import ChangePlanView, StayRemoveView, StayView


class PlanListView(KeptListView):
    empty_text = _(
        "There are no plans yet. Add them if guests of yours have a subscription or a"
        " level of membership; otherwise nothing about plans is shown anywhere."
    )


class PlanViewSet(KeyedViewSet):
    model = Plan
    name = "crm_plan"
    url_prefix = "crm/plans"
    icon = "calendar-check"
    menu_label = _("Plans and levels")
    menu_order = 325
    index_view_class = PlanListView
    form_fields = ["name", "name_ja", "key", "rank", "active"]
    list_display = [
        "name",
        FigureColumn("rank", label=_("Level"), sort_key="rank"),
        YesNoColumn("active", label=_("Active")),
    ]
    ordering = ["rank", "id"]


class PlanPeriodViewSet(ViewSet):
    name = "crm_plan_period"
    url_prefix = "crm/plan-periods"

    def get_urlpatterns(self) -> list:
        return [
            path("of/<int:contact_id>/", ChangePlanView.as_view(), name="change"),
            path("<int:pk>/", StayView.as_view(), name="edit"),
            path("<int:pk>/remove/", StayRemoveView.as_view(), name="remove"),
        ]
