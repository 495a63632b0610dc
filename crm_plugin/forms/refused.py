"""What somebody reads whose post cannot be taken: what to do, and what she typed.

Only for a form that we showed, and only what this browser says was sent from our own
page, under the names that the form has: whoever posts from elsewhere, even with the
stamp of a form that he opened, cannot make this page say anything.
"""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from wagtail.models import Page

from crm_plugin import normalise
from crm_plugin.conf import CrmSettings
from crm_plugin.delivery.post import default_sender

from .gate import TOKEN, read_any

MOST, LONGEST = 60, 12_000
OURS = ("crm_", "csrfmiddlewaretoken")


def not_sent(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For ``CSRF_FAILURE_VIEW``: what to do now, instead of the name of a token."""
    return _answer(request, "crm_plugin/forms/refused.html", status=403)


def closed(request: HttpRequest) -> HttpResponse:
    """For a post to a form that was taken offline or deleted meanwhile."""
    return _answer(request, "crm_plugin/forms/closed.html", status=410)


def lost(request: HttpRequest) -> HttpResponse | None:
    """For a post to an address where no form stands any more; None if none ever did.

    To a page that moved the browser sends it once more, as it is. Of one that was
    deleted nothing is stored: nobody said what its fields mean.
    """
    stamp = read_any(request.POST.get(TOKEN, ""))
    if not stamp.nonce:
        return None
    page = Page.objects.live().filter(pk=stamp.page_id).first()
    url = page.get_url(request) if page else None
    if not url or urlsplit(url).path == request.path:
        return closed(request)
    response = HttpResponseRedirect(url)
    # Unlike 302, it keeps the method and what was posted.
    response.status_code = 307
    return response


def _answer(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "business": CrmSettings.load(),
        "sender": default_sender(),
        "entries": entries(request),
    }
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def entries(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, text) of what was typed into the form's own fields, to be copied."""
    stamp = read_any(request.POST.get(TOKEN, ""))
    if not stamp.nonce or _from_elsewhere(request):
        return []
    signed = {name: name.replace("_", " ") for name in stamp.names}
    labels = signed | _labels(stamp.page_id)
    found = [
        (_label(name, labels), normalise.text(value, lines=True)[:LONGEST])
        for name, values in request.POST.lists()
        if not name.startswith(OURS)
        for value in values
    ]
    return [(label, text) for label, text in found if label and text][:MOST]


def _from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that another site's page sent this."""
    site = request.headers.get("Sec-Fetch-Site", "")
    if site in ("cross-site", "same-origin"):
        return site == "cross-site"
    origin, host = request.headers.get("Origin"), request.get_host()
    return bool(origin) and origin not in (f"https://{host}", f"http://{host}")


def _label(sent: str, labels: dict[str, str]) -> str:
    """What the field is called that *sent* is, or is a part of; "" for none of ours."""
    if sent in labels:
        return labels[sent]
    whole = (name for name in labels if sent.startswith(f"{name}_"))
    return labels.get(max(whole, key=len, default=""), "")


def _labels(page_id: int | None) -> dict[str, str]:
    """How the form calls its fields; nothing where it is gone."""
    page = Page.objects.filter(pk=page_id).first()
    form = page.specific if page else None
    if not hasattr(form, "get_form_fields"):
        return {}
    return {field.clean_name: field.label for field in form.get_form_fields()}
