"""Unsubscribe: a page with a button, and the mail client's one click (RFC 8058).

Another button asks for less instead of nothing.

The page names no address: a newsletter is passed on with its links.

GET changes nothing. The POST needs neither cookie nor CSRF token nor referrer: the
signed token in the address is the right to leave, and leaving twice is leaving once.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from crm_plugin import signing
from crm_plugin.delivery import links, opt_out
from crm_plugin.delivery.models import Delivery

from .pages import not_valid, page
from .tokens import delivery_of

UNDO, UNDO_SECONDS = "resubscribe", 3_600


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        delivery = delivery_of(links.UNSUBSCRIBE, token)
    except signing.BadToken:
        return not_valid(request)
    way = opt_out.way_out(delivery)
    if delivery is None or way.gone or way.trial:
        return _show(request, delivery, {"way": way})
    if request.method != "POST":
        return _show(request, delivery, {"way": way})
    if "undo" in request.POST:
        return _come_back(request, delivery)
    if "page" in request.POST and "less" in request.POST:
        opt_out.slow_down(delivery)
        return _show(
            request, delivery, {"way": opt_out.way_out(delivery), "less": True}
        )
    return _leave(request, delivery)


def _leave(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    by_hand = "page" in request.POST
    everything = by_hand and "everything" in request.POST
    source = "unsubscribe page" if by_hand else "one-click"
    topics = opt_out.leave(delivery, everything=everything, source=source)
    if not by_hand:
        return HttpResponse(b"", content_type="text/plain")
    undo = signing.make(UNDO, delivery.public_id.hex, t=topics) if topics else ""
    said = {"done": True, "everything": everything, "undo": undo}
    return _show(request, delivery, {"way": opt_out.way_out(delivery), **said})


def _come_back(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    try:
        payload = signing.read(UNDO, request.POST["undo"], max_age=UNDO_SECONDS)
    except signing.BadToken:
        return not_valid(request)
    if payload["id"] != delivery.public_id.hex:
        return not_valid(request)
    opt_out.come_back(delivery, payload["t"])
    return _show(request, delivery, {"way": opt_out.way_out(delivery), "back": True})


def _show(
    request: HttpRequest, delivery: Delivery | None, context: dict
) -> HttpResponse:
    language = delivery.language if delivery else ""
    return page(request, "unsubscribe.html", context, language=language)
