"""What somebody reads whose post cannot be taken: what to do, and what she typed.

Only for a form that we showed: whoever posts from elsewhere cannot make this page say
anything.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm_plugin import normalise, signing
from crm_plugin.conf import CrmSettings

from .gate import TOKEN

MOST, LONGEST = 60, 12_000
OURS = ("crm_", "csrfmiddlewaretoken")


def not_sent(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For ``CSRF_FAILURE_VIEW``: what to do now, instead of the name of a token."""
    return _answer(request, "crm_plugin/forms/refused.html", status=403)


def closed(request: HttpRequest) -> HttpResponse:
    """For a post to a form that was taken offline meanwhile."""
    return _answer(request, "crm_plugin/forms/closed.html", status=410)


def _answer(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "business": CrmSettings.load(),
        "entries": entries(request),
    }
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def entries(request: HttpRequest) -> list[tuple[str, str]]:
    """(name, text) of what was typed, to be copied."""
    try:
        signing.read("form", request.POST.get(TOKEN, ""))
    except signing.BadToken:
        return []
    found = [
        (name.replace("_", " "), normalise.text(value, lines=True)[:LONGEST])
        for name, values in request.POST.lists()
        if not name.startswith(OURS)
        for value in values
    ]
    return [(name, text) for name, text in found if text][:MOST]
