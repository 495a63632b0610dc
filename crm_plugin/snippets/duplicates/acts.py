"""What staff do with the queue: say "not the same", take that back, search."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from crm_plugin.contacts.duplicates import pairs, search
from crm_plugin.contacts.models import SuspectedPair
from crm_plugin.snippets.desk import AccessMixin, ActView
from crm_plugin.ui.progress import payload

from .listing import NEEDS


class DismissView(ActView):
    """Back to the list as it stood, which then offers to take the word back."""

    model = SuspectedPair
    needs = ("change_suspectedpair",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not pairs.dismiss(self.object, by=request.user):
            messages.warning(request, _("Somebody said so already."))
        if url := get_valid_next_url_from_request(request):
            return redirect(url)
        asked = {"said": self.object.pk}
        if strength := request.POST.get("strength"):
            asked |= {"strength": strength}
        return redirect(f"{reverse('crm_duplicate:index')}?{urlencode(asked)}")


class RestoreView(ActView):
    model = SuspectedPair
    needs = ("change_suspectedpair",)
    back = "crm_duplicate:index"

    def act(self, row: SuspectedPair) -> None:
        if pairs.restore(row, by=self.request.user):
            messages.success(self.request, _("The pair waits again."))


class SearchView(AccessMixin, View):
    """Compare all contacts now; a search that runs goes on."""

    http_method_names = ["post"]
    needs = ("change_suspectedpair",)

    def post(self, request: HttpRequest) -> HttpResponse:
        search.start(by=request.user)
        return redirect("crm_duplicate:index")


class ProgressView(AccessMixin, View):
    """What the progress panel polls: counts, no names."""

    http_method_names = ["get"]
    needs = NEEDS

    def get(self, request: HttpRequest) -> HttpResponse:
        response = JsonResponse(payload(search.work()))
        response["Cache-Control"] = "private, no-store"
        return response
