"""Today: who to contact, why, and with what."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.menu import MenuItem
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.touchpoints.models import Inquiry


class TodayMenuItem(MenuItem):
    def is_shown(self, request) -> bool:
        return request.user.has_perm("crm_plugin.view_inquiry")


class TodayView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    model = Inquiry
    permission_required = "view"
    page_title = _("Today")
    header_icon = "calendar-check"

    def get(self, request):
        return self.render_to_response(self.get_context_data())


class TodayViewSet(ViewSet):
    name = "crm_today"
    url_prefix = "crm/today"
    icon = "calendar-check"
    menu_label = _("Today")
    menu_order = 110
    menu_hook = "register_crm_menu_item"
    menu_item_class = TodayMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [path("", TodayView.as_view(), name="index")]
