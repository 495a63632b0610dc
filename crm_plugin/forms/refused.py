"""What somebody reads whose post did not prove that it came from our page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm_plugin.conf import CrmSettings


def not_sent(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For ``CSRF_FAILURE_VIEW``: what to do now, instead of the name of a token."""
    context: dict[str, Any] = {"business": CrmSettings.load()}
    response = render(request, "crm_plugin/forms/refused.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response
