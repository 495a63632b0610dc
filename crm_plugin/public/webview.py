"""The message in the browser, exactly as it was sent."""

from html import escape

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crm_plugin import signing
from crm_plugin.delivery import links, replay

from .pages import not_valid, private
from .tokens import delivery_of

# A message is foreign content: no script of it runs, and it stands on no origin.
POLICY = (
    "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation"
)


@require_safe
def web_view(request: HttpRequest, token: str) -> HttpResponse:
    try:
        delivery = delivery_of(links.VIEW, token)
    except signing.BadToken:
        return not_valid(request)
    if delivery is None or delivery.rendering is None or not delivery.address_norm:
        return not_valid(request)
    shown = replay.shown(delivery)
    html = shown.html or f"<!doctype html><pre>{escape(shown.text)}</pre>"
    return private(HttpResponse(html), policy=POLICY)
