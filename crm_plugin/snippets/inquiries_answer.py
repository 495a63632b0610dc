"""The answer screen: who she is, her own words, and the answer."""

from django.views.generic import View
from wagtail.admin.views import generic

from crm_plugin.touchpoints.models import Inquiry


class AnswerView(
    generic.PermissionCheckedMixin, generic.WagtailAdminTemplateMixin, View
):
    model = Inquiry
    permission_required = "view"

    def get(self, request, pk):
        return self.render_to_response(self.get_context_data())
