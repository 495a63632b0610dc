"""What all pages behind signed links have in common: private, plain, in the
recipient's language, and without anything from elsewhere."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import (
    get_language,
    get_supported_language_variant,
    override,
)

from crm_plugin.conf import CrmSettings

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def from_here(request: HttpRequest) -> bool:
    """Whether the browser says that this post came from one of our own pages."""
    return _came_from(request) == "same-origin"


def from_elsewhere(request: HttpRequest) -> bool:
    """Whether another site's page sent this post: it must not make a browser known."""
    return _came_from(request) == "cross-site"


def _came_from(request: HttpRequest) -> str:
    """``same-origin``, ``cross-site``, or what else a browser says; "" for nothing.

    One that does not say so itself is judged by the page that it names.
    """
    if fetched := request.headers.get("Sec-Fetch-Site"):
        return fetched
    origin = request.headers.get("Origin", "")
    told = origin if origin not in ("", "null") else request.headers.get("Referer", "")
    if not told:
        return ""
    ours = urlsplit(told).netloc == request.get_host()
    return "same-origin" if ours else "cross-site"


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    language: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render ``crm_plugin/public/<template>`` in *language*, else the browser's."""
    with override(language_for(language)):
        response = render(
            request,
            f"crm_plugin/public/{template}",
            {"business": CrmSettings.load(), **context},
            status=status,
        )
    return private(response)


def private(response: HttpResponse, *, policy: str = POLICY) -> HttpResponse:
    """Nobody keeps, finds or frames it, and its links tell nobody where they stood."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Content-Security-Policy"] = policy
    return response


def not_valid(request: HttpRequest) -> HttpResponse:
    """The link was altered, or never was one of ours."""
    return page(request, "not_valid.html", {}, status=404)


def language_for(language: str) -> str:
    """In which language a page for somebody who speaks *language* is shown."""
    return spoken(language) or spoken(get_language() or "")


def spoken(language: str) -> str:
    """*language* as far as the site speaks it."""
    try:
        return get_supported_language_variant(language) if language else ""
    except LookupError:
        return settings.LANGUAGE_CODE
