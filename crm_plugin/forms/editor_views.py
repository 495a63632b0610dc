"""What the editor of a form page asks while it is edited."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST
from wagtail.admin.viewsets.base import ViewSet
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from . import problems


@require_POST
def problems_now(request: HttpRequest, app: str, model: str) -> HttpResponse:
    """The list of problems of what stands in the editor; nothing is saved."""
    if not may_edit(request.user):
        raise PermissionDenied
    found = problems.of_post(form_page(app, model), request.POST, request.user)
    context = {"problems": found}
    return render(request, "crm_plugin/forms/problems.html", context)


def may_edit(user: Any) -> bool:
    """Whether *user* edits pages at all."""
    policy = PagePermissionPolicy()
    return policy.user_has_any_permission(user, {"add", "change", "publish"})


def form_page(app: str, model: str) -> type[Page]:
    """The page type of that name, if it is a form page of ours."""
    try:
        found = apps.get_model(app, model)
    except LookupError as error:
        raise Http404 from error
    if not issubclass(found, Page) or not hasattr(found, "crm_kind"):
        raise Http404
    return found


class FormViewSet(ViewSet):
    name = "crm_form"
    url_prefix = "crm/forms"

    def get_urlpatterns(self) -> list:
        return [
            path("problems/<slug:app>/<slug:model>/", problems_now, name="problems")
        ]
