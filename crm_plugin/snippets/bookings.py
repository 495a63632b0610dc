"""Bookings: the day, the list and one booking."""

from django.urls import path
from django.views.generic import View
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.bookings.models import Booking


class DetailView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    model = Booking
    permission_required = "view"

    def get(self, request, pk):
        return self.render_to_response(self.get_context_data())


class BookingViewSet(ViewSet):
    name = "crm_booking"
    url_prefix = "crm/bookings"

    def get_urlpatterns(self) -> list:
        return [path("<int:pk>/", DetailView.as_view(), name="detail")]
