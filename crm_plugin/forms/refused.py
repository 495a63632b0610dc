"""What somebody reads whose post cannot be taken: what to do, and what she typed.

Only for a form that we showed: whoever posts from elsewhere cannot make this page say
anything.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.models import Page

from crm_plugin import normalise
from crm_plugin.conf import CrmSettings

from .gate import TOKEN, read_any

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
    """(label, text) of what was typed, to be copied."""
    stamp = read_any(request.POST.get(TOKEN, ""))
    if not stamp.nonce:
        return []
    labels = _labels(stamp.page_id)
    found = [
        (
            labels.get(name) or name.replace("_", " "),
            normalise.text(value, lines=True)[:LONGEST],
        )
        for name, values in request.POST.lists()
        if not name.startswith(OURS)
        for value in values
    ]
    return [(name, text) for name, text in found if text][:MOST]


def _labels(page_id: int | None) -> dict[str, str]:
    """How the form calls its fields; nothing where it is gone."""
    page = Page.objects.filter(pk=page_id).first()
    form = page.specific if page else None
    if not hasattr(form, "get_form_fields"):
        return {}
    return {field.clean_name: field.label for field in form.get_form_fields()}
