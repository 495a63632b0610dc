"""Plans: the levels that a site offers, and the stays of contacts on them."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from crm_plugin.sales.models import Plan
from crm_plugin.ui.listing import ListView, YesNoColumn

from .stays import ChangePlanView, StayRemoveView, StayView


class PlanListView(ListView):
    empty_text = _(
        "There are no plans yet. Add them if guests of yours have a subscription or a"
        " level of membership; otherwise nothing about plans is shown anywhere."
    )


class PlanViewSet(ModelViewSet):
    model = Plan
    name = "crm_plan"
    url_prefix = "crm/plans"
    icon = "calendar-check"
    menu_label = _("Plans and levels")
    menu_hook = "register_crm_settings_menu_item"
    menu_order = 325
    add_to_admin_menu = True
    copy_view_enabled = False
    index_view_class = PlanListView
    form_fields = ["name", "name_ja", "key", "rank", "active"]
    list_display = ["name", "rank", YesNoColumn("active", label=_("Active"))]
    search_fields = ["name", "name_ja"]
    search_backend_name = None
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
