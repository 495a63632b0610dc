"""The call desk: any telephone system that can open an address works with it."""

from django.urls import path
from django.utils.translation import pgettext_lazy
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.snippets.desk import DeskMenuItem

from .page import CallView, FindCallerView


class CallMenuItem(DeskMenuItem):
    needs = ("add_touchpoint",)


class CallViewSet(ViewSet):
    name = "crm_call"
    url_prefix = "crm/call"
    icon = "mobile-alt"
    menu_label = pgettext_lazy("telephone", "Call")
    menu_order = 115
    menu_hook = "register_crm_menu_item"
    menu_item_class = CallMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", FindCallerView.as_view(), name="index"),
            path("<int:pk>/", CallView.as_view(), name="contact"),
        ]
